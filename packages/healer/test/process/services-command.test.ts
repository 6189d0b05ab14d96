import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { processConfiguration } from '../../src/backends/process/configuration.ts';
import { createProcessBackend, type ProcessBackend } from '../../src/backends/process/process-backend.ts';
import { stopProcessServices } from '../../src/backends/process/stop-services.ts';
import { acquireStoreLock } from '../../src/store/store-lock.ts';
import { runCommand } from '../commands/run-command.ts';

let folder: string;
let backend: ProcessBackend;

/** Says in a file that it was told to end. */
const noting = (name: string) => {
  const file = JSON.stringify(join(folder, 'ends'));
  const text = `process.on('SIGTERM', () => { require('fs').appendFileSync(${file}, '${name}\\n'); process.exit() }); setInterval(() => {}, 1000); console.log('here')`;
  return { command: [process.execPath, '-e', text], settle: '300ms', stopTimeout: '20s' };
};

const stateFolder = () => join(folder, 'prunella-data', 'process');
const prunella = (...words: string[]) => runCommand(words, { workingDirectory: folder });

async function listed() {
  const { stdout } = await prunella('services', '--json');
  const { services } = JSON.parse(stdout) as {
    readonly services: readonly {
      readonly service: string;
      readonly state: string;
      readonly declared: boolean;
    }[];
  };
  return services.map(({ service, state, declared }) => [service, state, declared]);
}

async function declare(services: Record<string, object>): Promise<void> {
  await writeFile(join(folder, 'prunella.yaml'), JSON.stringify({ backends: { process: { services } } }));
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prunella-services-'));
  const services = { db: noting('db'), app: { ...noting('app'), dependsOn: ['db'] }, old: noting('old') };
  await declare(services);
  const configuration = processConfiguration({ folder }).parse({ services });
  backend = createProcessBackend(configuration, { stateFolder: stateFolder(), nodes: [] });
  await backend.start();
  // Each says its first word before it can be told to end in order.
  for (const service of Object.keys(services)) {
    const log = join(stateFolder(), service, 'service.log');
    await expect.poll(() => readFile(log, 'utf8').catch(() => ''), { timeout: 30_000 }).toContain('here');
  }
});

afterEach(async () => {
  await backend.close();
  await stopProcessServices(stateFolder());
  await rm(folder, { recursive: true, force: true });
});

it('tells what is supervised and ends it, what depends on another first, while no healer runs', async () => {
  await declare({ db: noting('db'), app: { ...noting('app'), dependsOn: ['db'] } });
  await expect.poll(listed, { timeout: 30_000 }).toEqual([
    ['db', 'running', true],
    ['app', 'running', true],
    ['old', 'running', false],
  ]);
  const told = await prunella('services');
  expect(told.exitCode).toBe(0);
  expect(told.stdout).toMatch(
    /old runs as pid \d+.*under its runner \(pid \d+\); it is not declared any more/,
  );

  // A healer would start them again.
  const lock = await acquireStoreLock(join(folder, 'prunella-data'));
  const refused = await prunella('services', 'stop', '--all');
  expect(refused).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('a healer runs on the store'),
  });
  await lock.release();

  expect(await prunella('services', 'stop')).toMatchObject({ exitCode: 2 });
  expect(await prunella('services', 'stop', 'dbb')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('there are: app, db, old'),
  });
  const one = await prunella('services', 'stop', 'old', '--json');
  expect(one.exitCode).toBe(0);
  expect(JSON.parse(one.stdout)).toEqual({ stopped: ['old'], failed: [] });
  expect(await listed()).toEqual([
    ['db', 'running', true],
    ['app', 'running', true],
  ]);
  const all = await prunella('services', 'stop', '--all');
  expect(all).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('db and its runner have ended.'),
  });
  expect(await readFile(join(folder, 'ends'), 'utf8')).toBe('old\napp\ndb\n');
  expect(await listed()).toEqual([
    ['db', 'no-runner', true],
    ['app', 'no-runner', true],
  ]);
  // Nothing is left to end: that is no failure.
  expect(await prunella('services', 'stop', '--all')).toMatchObject({
    exitCode: 0,
    stdout: 'No service is supervised.\n',
  });
});
