import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { processConfiguration } from '../../src/backends/process/configuration.ts';
import { createProcessBackend, type ProcessBackend } from '../../src/backends/process/process-backend.ts';
import { stopProcessServices } from '../../src/backends/process/stop-services.ts';
import { runCommand } from '../commands/run-command.ts';
import { dispatchContext, makeOrder } from './one-service.ts';

let folder: string;
let backend: ProcessBackend;
let number = 0;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prunella-services-'));
});

afterEach(async () => {
  await backend.close();
  await stopProcessServices(stateFolder());
  await rm(folder, { recursive: true, force: true });
});

const stateFolder = () => join(folder, 'prunella-data', 'process');

/** Each service writes its starts into one file, so that their order can be seen. */
const noting = (name: string) => {
  const file = JSON.stringify(join(folder, 'starts'));
  const text = `require('fs').appendFileSync(${file}, '${name}\\n'); setInterval(() => {}, 1000)`;
  return { command: [process.execPath, '-e', text], settle: '50ms', stopTimeout: '2s' };
};

const starts = async () =>
  (await readFile(join(folder, 'starts'), 'utf8').catch(() => '')).trim().split('\n');

function declare(services: Record<string, object>): void {
  const configuration = processConfiguration({ folder }).parse({ services });
  const nodes = Object.keys(services).map((target) => ({
    resource: `service/${target}`,
    node: target,
    target,
  }));
  backend = createProcessBackend(configuration, { stateFolder: stateFolder(), nodes });
}

const order = (verb: string, target: string) => {
  number += 1;
  return backend.dispatch(
    { ...makeOrder(number, { action: `process.${verb}` }), targets: [target] },
    dispatchContext(),
  );
};

async function pids(): Promise<Record<string, number>> {
  const health = await backend.check(AbortSignal.timeout(10_000));
  const detail = health.ok ? health.detail : '';
  const found = [...detail.matchAll(/(\w+) runs as pid (\d+)/g)];
  return Object.fromEntries(found.map(([, name = '', pid]) => [name, Number(pid)]));
}

describe('services that depend on each other', () => {
  it('start in their order, and are held and started again by the kind of fault', async () => {
    declare({
      web: { ...noting('web'), dependsOn: { db: { restartOn: 'error' } } },
      logs: { ...noting('logs'), dependsOn: ['db'] },
      db: { ...noting('db'), settle: '1s' },
    });
    await backend.start();
    await expect.poll(pids).toMatchObject({ web: expect.any(Number), logs: expect.any(Number) });
    await expect.poll(async () => (await starts()).length).toBe(3);
    expect((await starts())[0]).toBe('db');

    // A restart is no error: nobody else is touched.
    const before = await pids();
    const restarted = await order('restart', 'db');
    expect(restarted.outcome).toBe('succeeded');
    const after = await pids();
    expect(after['db']).not.toBe(before['db']);
    expect([after['web'], after['logs']]).toEqual([before['web'], before['logs']]);

    // An end that nobody ordered is: the web goes down and comes back after it, the logs stay.
    process.kill(after['db'] ?? 0, 'SIGKILL');
    await expect.poll(async () => (await pids())['db']).toBeUndefined();
    const mended = await order('start', 'db');
    expect(mended).toMatchObject({
      outcome: 'succeeded',
      summary: expect.stringMatching(/held and started again with it: web$/),
      targets: [{ id: 'db', outcome: 'succeeded' }],
    });
    const last = await pids();
    expect(last['logs']).toBe(after['logs']);
    expect(last['web']).not.toBe(after['web']);
    await expect.poll(async () => (await starts()).slice(3)).toEqual(['db', 'db', 'web']);
  });

  it('wait for the next attempt where what they need did not come back', async () => {
    const switchFile = join(folder, 'broken');
    const noted = noting('db').command[2] ?? '';
    const text = `if (require('fs').existsSync(${JSON.stringify(switchFile)})) process.exit(1); ${noted}`;
    declare({
      web: { ...noting('web'), dependsOn: { db: { restartOn: 'restart' } } },
      db: { ...noting('db'), command: [process.execPath, '-e', text], settle: '2s' },
    });
    await backend.start();
    await expect.poll(pids).toMatchObject({ db: expect.any(Number), web: expect.any(Number) });
    await writeFile(switchFile, '');
    expect(await order('restart', 'db')).toMatchObject({
      outcome: 'failed',
      summary: expect.stringMatching(/still waiting: web/),
    });
    expect(await pids()).toEqual({});
    await rm(switchFile);
    expect(await order('start', 'db')).toMatchObject({
      outcome: 'succeeded',
      summary: expect.stringMatching(/held and started again with it: web/),
    });
    expect(await pids()).toMatchObject({ db: expect.any(Number), web: expect.any(Number) });
  });
});

describe('a service that keeps failing', () => {
  it('is put into maintenance with its reason, refuses to be started, and is cleared by a person', async () => {
    const switchFile = join(folder, 'broken');
    await writeFile(switchFile, '');
    const noted = noting('app').command[2] ?? '';
    const text = `if (require('fs').existsSync(${JSON.stringify(switchFile)})) { console.error('no such table'); process.exit(3); } ${noted}`;
    const app = {
      ...noting('app'),
      command: [process.execPath, '-e', text],
      settle: '5s',
      backoff: { first: '1ms', most: '1ms' },
      maintenance: { failures: 3, within: '10m' },
    };
    declare({ app });
    await writeFile(
      join(folder, 'prunella.yaml'),
      JSON.stringify({ backends: { process: { services: { app: { ...app, settle: '50ms' } } } } }),
    );
    await backend.start();
    await expect
      .poll(async () => {
        const health = await backend.check(AbortSignal.timeout(10_000));
        return health.ok ? health.detail : '';
      })
      .toContain('app is exited');
    await order('start', 'app');
    const last = await order('start', 'app');
    expect(last.summary).toMatch(/it is in maintenance since .*prunella clear app$/);
    const refused = await order('start', 'app');
    expect(refused).toMatchObject({
      outcome: 'failed',
      neverSent: true,
      targets: [
        {
          outcome: 'refused',
          detail: expect.stringMatching(/^it is in maintenance since .*prunella clear app$/),
        },
      ],
    });
    expect(refused.summary).toMatch(/it failed 3 times in 10 min, the last time: .*no such table/s);

    const declared = [{ node: 'one', target: 'app' }];
    const resolved = (action: string) =>
      backend.resolve(
        { resource: 'app/main', action, target: { select: 'failing-nodes' }, failing: declared, declared },
        AbortSignal.timeout(10_000),
      );
    for (const action of ['process.start', 'process.restart']) {
      expect(await resolved(action)).toMatchObject({
        targets: [],
        error: expect.stringMatching(/^app is in maintenance: it failed 3 times .*prunella clear app$/s),
        remedy: 'prunella clear app',
      });
    }
    expect(await resolved('process.stop')).toMatchObject({ targets: [{ id: 'app', responding: true }] });

    const clear = () => runCommand(['clear', 'app'], { workingDirectory: folder });
    const vain = await clear();
    expect(vain.exitCode).toBe(1);
    expect(vain.stdout).toContain('no such table');
    await rm(switchFile);
    expect(await clear()).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^app: started as pid \d+/),
    });
    expect(await order('start', 'app')).toMatchObject({ outcome: 'succeeded' });
    expect(await resolved('process.start')).toMatchObject({ targets: [{ id: 'app', responding: true }] });
    const unknown = await runCommand(['clear', 'ap'], { workingDirectory: folder });
    expect(unknown.exitCode).toBe(2);
    expect(unknown.stderr).toContain('no service is named ap (declared: app)');
  });
});
