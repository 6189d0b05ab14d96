import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findBinary, findRedis, freePort, notRun, waitFor } from '@prunella/labs';
import { type Healer, startHealer, stopProcessServices } from 'prunella';
import { afterEach, describe, expect, test } from 'vitest';

const here = join(import.meta.dirname, '..');
const closers: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const playbook = `playbook: cache
for: redis/cache
open: { after: 500ms, quorum: { hosts: 1 }, confirm: { failures: 2, every: 200ms, timeout: 500ms }, graceAfterStart: 0s }
ladder:
  - { action: process.restart, after: 1s, every: 5s, autonomy: auto, deadline: 10s, window: 10s, soak: 1s }
`;

/** A real healer that supervises a real Redis. */
async function healerOverRedis(redis: string) {
  const folder = mkdtempSync(join(tmpdir(), 'prunella-python-'));
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  const port = await freePort();
  mkdirSync(join(folder, 'playbooks'));
  writeFileSync(join(folder, 'playbooks', 'cache.yaml'), playbook);
  // Notes the pid, so that the test can kill it; each start adds a line.
  const command = [
    'sh',
    '-c',
    `echo $$ >> ${folder}/pids; exec "$@"`,
    'sh',
    redis,
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
  ];
  const configuration = {
    server: { port: 0 },
    tokens: { reporter: { environment: 'REPORTER' } },
    store: { folder: join(folder, 'store') },
    resources: {
      'redis/cache': {
        nodes: {
          one: { target: 'redis', probe: { type: 'redis', port, interval: '500ms', timeout: '500ms' } },
        },
      },
    },
    backends: { process: { services: { redis: { command, folder, settle: '300ms' } } } },
    timing: { reportHeartbeat: '500ms', reportHeartbeatOk: '1s', graceAfterStart: '0s' },
  };
  const configurationFile = join(folder, 'prunella.yaml');
  writeFileSync(configurationFile, JSON.stringify(configuration));
  const healer = await startHealer({
    configurationFile,
    environment: { REPORTER: 'reporter-secret' },
    onEvent: () => {},
  });
  closers.push(() => stopProcessServices(join(folder, 'store', 'process')));
  closers.push(() => healer.stop());
  const pids = () => readFileSync(join(folder, 'pids'), 'utf8').trim().split('\n').map(Number);
  return { healer, port, pids };
}

/** The example program, as its page starts it. */
function startShop({ healer, port }: { readonly healer: Healer; readonly port: number }) {
  const child = spawn('python3', ['shop.py', '127.0.0.1', String(port), '0.1'], {
    cwd: here,
    env: {
      PATH: process.env['PATH'],
      PRUNELLA_HEALER: healer.address ?? '',
      PRUNELLA_TOKEN: 'reporter-secret',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      said += text;
    });
  }
  const ended = once(child, 'exit');
  closers.push(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { child, ended, said: () => said };
}

async function python(program: string, environment: Readonly<Record<string, string>> = {}) {
  const { stdout } = await promisify(execFile)('python3', ['-c', program], {
    cwd: here,
    env: { PATH: process.env['PATH'], ...environment },
  });
  return stdout.trim();
}

describe('the Python reporter', () => {
  test('is used as its page shows', async () => {
    const page = readFileSync(join(here, 'README.md'), 'utf8');
    const [, shown = ''] = /```python\n([\s\S]*?)```/.exec(page) ?? [];
    const said = await python(`
class Query:
    def __getattr__(self, name): return lambda *words: self
r, connection, identity = Query(), None, "a"
${shown}
print(reporter.declare("rethinkdb/main").condition)
`);
    expect(said).toBe('ok');
  });

  test('opens an incident by quorum when its Redis is killed, and proves the repair', async (context) => {
    const redis = findRedis();
    if (redis === null) notRun(context, 'needs redis-server');
    if (findBinary('python3') === null) notRun(context, 'needs python3');
    const place = await healerOverRedis(redis);
    const { engine } = place.healer;
    if (engine === undefined) throw new Error('it does not heal');
    const shops = [startShop(place), startShop(place)];
    const observers = () => engine.resource('redis/cache', { after: null, limit: 100 })?.observers;
    await waitFor(() => observers()?.ok === 2, { what: 'two Python processes to be well' });

    const [first = 0] = place.pids();
    process.kill(first, 'SIGKILL');
    const closed = await waitFor(
      async () => (await engine.incidents({ limit: 10 })).find(({ state }) => state === 'closed'),
      { what: 'the incident to be over', deadlineMs: 50_000 },
    );
    expect(closed.attempts).toMatchObject([
      { action: 'process.restart', outcome: 'succeeded', verdict: 'effective' },
    ]);
    expect(place.pids()).toHaveLength(2);
    const events = (await engine.log({ limit: 1_000 })).map(({ event }) => event);
    const opened = events.find(({ type }) => type === 'incident-opened');
    expect(opened).toMatchObject({ reason: expect.stringContaining('2 of 2') });
    await waitFor(() => observers()?.ok === 2, { what: 'both to be well again' });
    for (const { said } of shops) {
      expect(said()).toContain('cache only, last seen :');
      expect(said()).not.toContain('Traceback');
      expect(said()).not.toContain('Warning');
    }

    for (const { child, ended } of shops) {
      child.kill('SIGINT');
      expect(await ended).toEqual([0, null]);
    }
    await waitFor(() => observers()?.ok === 0 && observers()?.unknown === 0, { what: 'their goodbyes' });
  });

  test('tells what an exception means by its class, by the name of one, and by what it was raised from', async () => {
    const kinds = await python(`
import errno, json, socket
from prunella_reporter import classify
class ReqlDriverError(Exception): pass
class OperationalError(Exception): pass
class Mine(Exception): pass
def wrapped(inner):
    try:
        try: raise inner
        except Exception as error: raise Mine("wrapped") from error
    except Mine as error: return error
errors = [ConnectionRefusedError(), BrokenPipeError(), TimeoutError(), socket.timeout(), socket.gaierror(),
    OSError(errno.EMFILE, "too many"), ReqlDriverError(), OperationalError(), KeyError("a"), ValueError(),
    wrapped(ConnectionResetError()), Mine("alone")]
print(json.dumps([classify(error) for error in errors]))
`);
    expect(JSON.parse(kinds)).toEqual([
      'unreachable',
      'unreachable',
      'timeout',
      'timeout',
      'local',
      'local',
      'unreachable',
      'unreachable',
      'caller',
      'caller',
      'unreachable',
      'unknown',
    ]);
  });

  test('turns calls into a condition, and mistakes of the program into none', async () => {
    const told = await python(`
import json
from prunella_reporter import Reporter
reporter = Reporter("shop", healer="")
def call(error=None):
    try:
        with reporter.guard("postgres/main"):
            if error: raise error
    except Exception: pass
    known = reporter.declare("postgres/main")
    return known.condition
lost = ConnectionResetError("postgres://app:hush@db1/shop password=hush 'Anna'")
print(json.dumps([reporter.declare("postgres/main").condition, call(ValueError("mine")), call(), call(lost), call(lost), call(), call()]))
other = reporter.declare("redis/cache")
def read(error):
    try:
        with reporter.guard("redis/cache"): raise error
    except Exception: pass
read(lost)
print(json.dumps([other.condition, other.told(0)["sample"]]))
with reporter.guard("redis/cache"): pass
print(json.dumps([other.condition, other.successes, other.faults]))
try:
    with reporter.guard("redis/cache"): raise KeyboardInterrupt()
except KeyboardInterrupt: pass
print(json.dumps([other.successes, other.faults]))
`);
    const [conditions, down, recovered, interrupted] = told.split('\n').map((line) => JSON.parse(line));
    expect(conditions).toEqual(['unknown', 'unknown', 'ok', 'degraded', 'degraded', 'degraded', 'degraded']);
    expect(down[0]).toBe('down');
    expect(down[1]).not.toContain('hush');
    expect(down[1]).not.toContain('Anna');
    expect(recovered).toEqual(['ok', 1, { unreachable: 1 }]);
    expect(interrupted).toEqual([1, { unreachable: 1 }]);
  });

  test('goes on whatever answers in the place of a healer, and while a ping hangs', async () => {
    const answers = [
      'nonsense',
      'HTTP/1.1 202 Accepted\r\ncontent-length: 3\r\n\r\n[1]',
      'HTTP/1.1 202 Accepted\r\ncontent-length: 18\r\n\r\n{"refused": [true]}',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\n{"cut',
    ];
    let reports = 0;
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', (data) => {
        if (String(data).startsWith('POST /v1/reports'))
          socket.end(answers[reports++ % answers.length] ?? '');
        else socket.destroy();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    closers.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    const program = `
import time, warnings, prunella_reporter
warnings.simplefilter("ignore")
prunella_reporter.IDLE_PING_S = 0.0
reporter = prunella_reporter.Reporter("shop", sick_s=0.05, ok_s=0.05)
with reporter.guard("redis/cache", ping=lambda: time.sleep(600)): pass
time.sleep(600)
`;
    const child = spawn('python3', ['-c', program], {
      cwd: here,
      env: { PATH: process.env['PATH'], PRUNELLA_HEALER: `http://127.0.0.1:${port}` },
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    closers.push(async () => {
      child.kill('SIGKILL');
      await ended;
    });
    await waitFor(() => reports > 2 * answers.length, { what: 'a report after each answer' });
  });

  test('costs a program nothing where no healer is, and ends with it', async () => {
    const port = await freePort();
    const said = await python(
      `
import warnings
from prunella_reporter import Reporter
warnings.simplefilter("ignore")
reporter = Reporter("shop")
for _ in range(1000):
    with reporter.guard("redis/cache"): pass
try:
    with reporter.guard("redis/cache"): raise KeyError("mine")
except KeyError as error: print("mine comes through", error)
`,
      { PRUNELLA_HEALER: `http://127.0.0.1:${port}` },
    );
    expect(said).toBe("mine comes through 'mine'");
  });
});
