import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  findBinary,
  findRedis,
  findSaltEnvironment,
  freePort,
  installSalt,
  notRun,
  saltRequirements,
  signalGroup,
  spawnKept,
  waitFor,
} from '@prunella/labs';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../../..');
const application = 'examples/salt-first-repair/src/visits.ts';
/** What the page has for a machine with nothing on it, and what stands for it here: pip's part is not walked. */
const standIns = [
  { line: /^export PRUNELLA=.*$/m, by: `export PRUNELLA='${root}'` },
  { line: /^python3 -m venv salt$/m, by: '' },
  { line: /^salt\/bin\/pip install .*$/m, by: '' },
];
/** Under a minute on two idle cores; a machine that is busy with much else takes several. */
const patienceMs = 300_000;
const pagePorts = ['14505', '14506', '18000', '17766', '16379'];

let page: string;
let home: string;
const ports: number[] = [];
let shell: ReturnType<typeof spawnKept> | null = null;

beforeAll(async () => {
  page = await readFile(join(root, 'docs/salt-first-repair.md'), 'utf8');
  home = await mkdtemp(join(tmpdir(), 'walk-'));
});

afterAll(async () => {
  if (shell?.pid !== undefined) signalGroup(shell.pid, 'SIGKILL');
  await rm(home, { recursive: true, force: true, maxRetries: 20 });
});

function blocks(language: string): readonly string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    ([, text = '']) => text,
  );
}

/** The page's own commands in their order, each told before it is run; only their ports are others. */
async function script(): Promise<string> {
  let text = blocks('sh')
    .map((block, index) => `echo '=== ${index + 1}'\n${block}`)
    .join('\n');
  for (const { line, by } of standIns) {
    expect(text).toMatch(line);
    text = text.replace(line, () => by);
  }
  for (const port of pagePorts) {
    expect(text).toContain(port);
    const own = await freePort();
    ports.push(own);
    text = text.replaceAll(port, String(own));
  }
  return `set -e\n${text}`;
}

it('installs what these tests run with, and shows the application that is there', async () => {
  expect(blocks('sh').join('\n')).toContain(`pip install --quiet ${saltRequirements.join(' ')}\n`);
  expect(blocks('ts')).toEqual([await readFile(join(root, application), 'utf8')]);
});

it('ends with a repair that the application confirms, command by command', {
  timeout: patienceMs + 120_000,
}, async (context) => {
  if (findRedis() === null) notRun(context, 'needs redis-server on the PATH');
  if (findBinary('openssl') === null) notRun(context, 'needs openssl on the PATH');
  const environment = (await findSaltEnvironment()) ?? (await installSalt());
  await mkdir(join(home, 'prunella-try'));
  await symlink(environment.folder, join(home, 'prunella-try/salt'));
  await writeFile(join(home, 'walk.sh'), await script());
  const said = createWriteStream(join(home, 'said'));
  await once(said, 'open');
  const walker = spawnKept('bash', [join(home, 'walk.sh')], {
    env: { HOME: home, PATH: process.env['PATH'] },
    stdio: ['ignore', said, said],
  });
  shell = walker;
  let status: number | null | undefined;
  walker.once('exit', (code) => {
    status = code;
  });
  const ended = () => status !== undefined;
  // What it has said by then tells where it hangs.
  await waitFor(ended, { what: 'the walk to end', deadlineMs: patienceMs, everyMs: 100 }).catch(() => {});
  const text = await readFile(join(home, 'said'), 'utf8');
  expect(status, text).toBe(0);
  const parts = text.split(/^=== \d+\n/m).slice(1);
  const [, , salt, minion, healer, , asked, repaired] = parts;
  expect(parts).toHaveLength(9);
  expect(salt).toContain('True');
  expect(minion).toMatch(/service\.restart[\s\S]*stopped:\s+None/);
  expect(healer).toMatch(/ 0 errors, 0 warnings\n/);
  expect(healer).toMatch(/\d+ ok, .*\b0 problem\n/);
  expect(asked).toContain('no Redis: unreachable');
  expect(asked).toContain('1 of 1 instance sick on 1 host (unreachable), confirmed by the own probe');
  expect(asked).toContain('salt.service.restart (service: redis) on db1 waits for a person');
  expect(repaired).toMatch(
    /salt\.service\.restart run 1 on db1: ended, succeeded, effective: 1 of 1 complaining/,
  );
  expect(repaired).not.toContain('run 2');
  expect(repaired).toContain('The one resource is ok.');
  expect(repaired).toMatch(/^visit \d+$/m);
  expect(repaired).toMatch(/newest:\s+- \d+\s+- 1\n/);
  // Its last block ended all that it had started.
  for (const port of ports) {
    await waitFor(() => isFree(port), { what: `port ${port} to be free again`, deadlineMs: 20_000 });
  }
});

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
