import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, waitFor } from '@prunella/labs';
import { describe, expect, test } from 'vitest';
import { stopProcessServices } from '../../src/backends/process/stop-services.ts';
import { afterwards, askSocket, workshop } from './workshop.ts';

const bin = fileURLToPath(new URL('../../src/bin.ts', import.meta.url));

const playbook = `
playbook: demo
for: tcp/*
ladder:
  - action: process.restart
    after: 5m
`;

const configuration = `
server: { port: 0 }
resources:
  tcp/echo:
    nodes:
      one: { probe: { type: tcp, port: 9 } }
backends:
  process: { services: {} }
`;

function up(folder: string, ...words: string[]) {
  return run('up', folder, ...words);
}

/** Starts a command in a folder; killed after the test where it still runs. */
function run(command: string, folder: string, ...words: string[]) {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, ['--conditions=prunella-source', bin, command, ...words], {
    cwd: folder,
    env: { PATH, NO_COLOR: '1', SALT: 'secret' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { out: '', error: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    output.error += text;
  });
  const ended = once(child, 'close').then(([code]) => ({ code, ...output }));
  afterwards(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const firstLine = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', () => {
      if (output.out.includes('\n')) resolve(output.out.slice(0, output.out.indexOf('\n')));
    });
    void ended.then(({ error }) => reject(new Error(`ended before it was ready: ${error}`)));
  });
  firstLine.catch(() => {});
  const ready = waitFor(() => (output.out.includes('Ready.') ? true : null), {
    what: 'prunella to be ready',
  });
  ready.catch(() => {});
  return { child, output, ended, firstLine, ready };
}

/** Every healer has it: what it orders goes to the guards themselves. */
const guard = { backend: 'guard', ok: true, detail: expect.any(String) };

describe('prunella up', () => {
  test('says its facts in one line of JSON, serves, and ends in order at SIGTERM', async () => {
    const { folder, store } = workshop({ configuration, playbook });
    const { child, firstLine, ended } = up(folder, '--json');
    const facts = JSON.parse(await firstLine);
    expect(facts).toEqual({
      ready: true,
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      pid: child.pid,
      configuration: join(folder, 'prunella.yaml'),
      address: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      socket: `unix:${join(store, 'run', 'healer.sock')}`,
      store,
      tokens: { reporter: join(store, 'tokens', 'reporter'), operator: join(store, 'tokens', 'operator') },
      resources: ['tcp/echo'],
      playbooks: [{ name: 'demo', for: 'tcp/*' }],
      backends: [guard, { backend: 'process', ok: true, detail: expect.any(String) }],
      warnings: expect.any(Array),
    });

    const get = (path: string, token: string) =>
      fetch(`${facts.address}${path}`, { headers: { authorization: `Bearer ${token}` } });
    const operator = readFileSync(facts.tokens.operator, 'utf8').trim();
    const reporter = readFileSync(facts.tokens.reporter, 'utf8').trim();
    expect(operator).toMatch(/^[\w-]{43}$/);
    expect(operator).not.toBe(reporter);
    expect((await get('/v1/healer', operator)).status).toBe(200);
    expect((await get('/v1/healer', reporter)).status).toBe(403);
    expect((await get('/v1/healer', 'guess')).status).toBe(401);

    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0, error: '' });
    expect(existsSync(join(store, 'run', 'healer.sock'))).toBe(false);
  });

  test('keeps tokens and socket from other users, and the tokens over a restart', async () => {
    const { folder, store } = workshop({ configuration, playbook });
    const first = up(folder, '--json');
    await first.firstLine;
    const modeOf = (...path: string[]) => statSync(join(store, ...path)).mode & 0o777;
    expect(modeOf('tokens')).toBe(0o700);
    expect(modeOf('tokens', 'operator')).toBe(0o600);
    expect(modeOf('tokens', 'reporter')).toBe(0o600);
    expect(modeOf('run')).toBe(0o700);
    expect(modeOf('run', 'healer.sock')).toBe(0o600);
    const token = readFileSync(join(store, 'tokens', 'operator'), 'utf8');
    first.child.kill('SIGKILL');
    await first.ended;

    const second = up(folder, '--json');
    const { socket } = JSON.parse(await second.firstLine);
    expect(readFileSync(join(store, 'tokens', 'operator'), 'utf8')).toBe(token);
    expect(await askSocket(socket, '/v1/healer')).toMatchObject({
      pid: second.child.pid,
      ledger: { accepted: 0, pending: 0 },
    });
  });

  test('starts although its Salt master is away, and says so with a remedy', async () => {
    const port = await freePort();
    const salt = `{ mode: api, url: "http://127.0.0.1:${port}", username: healer, password: { environment: SALT } }`;
    const { folder } = workshop({
      configuration: configuration.replace('process: { services: {} }', `salt: ${salt}`),
      playbook: playbook.replace('process.restart', 'salt.state.highstate'),
    });
    const facts = JSON.parse(await up(folder, '--json').firstLine);
    expect(facts.backends).toEqual([
      guard,
      {
        backend: 'salt',
        ok: false,
        problem: expect.stringContaining(`127.0.0.1:${port}`),
        remedy: expect.stringMatching(/\S/),
      },
    ]);
  });

  test('is found by the other commands without a word, on the same host', async () => {
    const port = await freePort();
    const { folder } = workshop({
      configuration: configuration.replace('port: 0', `port: ${port}`),
      playbook,
    });
    await up(folder, '--json').firstLine;
    expect(await run('pause', folder, '--reason', 'deploy', '--json').ended).toMatchObject({
      code: 0,
      out: expect.stringContaining('"paused": true'),
    });
    expect(await run('explain', folder, '--json').ended).toMatchObject({
      code: 0,
      out: expect.stringContaining('explanations'),
    });
  });

  test('tells a person where everything is', async () => {
    const { folder, store } = workshop({ configuration, playbook });
    const { child, output, firstLine, ended } = up(folder);
    await firstLine;
    child.kill('SIGINT');
    expect((await ended).code).toBe(0);
    for (const fact of [
      /address +http:\/\/127\.0\.0\.1:\d+/,
      /resources +tcp\/echo \(one node\)/,
      /playbooks +demo for tcp\/\*/,
      /backend process +ok/,
      `operator's token  ${join(store, 'tokens', 'operator')}`,
      'Ready. Ctrl-C stops it.',
    ]) {
      expect(output.out).toMatch(fact);
    }
    expect(output.out).not.toContain(readFileSync(join(store, 'tokens', 'operator'), 'utf8').trim());
  });
});

test('prunella up goes on when whoever read its output is gone', async () => {
  const { folder, store } = workshop({ configuration, playbook });
  const { child, ready } = up(folder);
  await ready;
  const exit = once(child, 'exit');
  child.stdout.destroy();
  child.stderr.destroy();
  const socket = join(store, 'run', 'healer.sock');
  // Each is told on the output or beside it.
  for (let count = 0; count < 3; count += 1) {
    expect(await askSocket(socket, '/v1/pause', 'POST')).toEqual({ paused: true });
    expect(await askSocket(socket, '/v1/reload', 'POST')).toBeTruthy();
  }
  child.kill('SIGTERM');
  expect(await exit).toEqual([0, null]);
});

test('a local service outlives prunella up, which says so, and finds it again', async () => {
  const { folder, store } = workshop({
    configuration: configuration
      .replace('one: { probe', 'one: { target: echo, probe')
      .replace(
        'services: {}',
        "services: { echo: { command: [node, '-e', 'setInterval(() => {}, 1e3)'], settle: 100ms } }",
      ),
    playbook,
  });
  const folderOfRunners = join(store, 'process');
  afterwards(() => stopProcessServices(folderOfRunners));
  const first = up(folder);
  await first.ready;
  expect(first.output.out).toMatch(/echo runs as pid \d+ \(its runner was started now\)/);
  const pid = /runs as pid (\d+)/.exec(first.output.out)?.[1];
  first.child.kill('SIGINT');
  const { out } = await first.ended;
  expect(out).toMatch(new RegExp(`echo \\(pid ${pid}\\) goes on under its runner \\(pid \\d+\\)`));
  expect(out).toContain(`prunella services stop --all --config ${join(folder, 'prunella.yaml')}`);

  const second = up(folder);
  await second.ready;
  expect(second.output.out).toContain(`echo runs as pid ${pid} (its runner was found alive)`);
  second.child.kill('SIGINT');
  await second.ended;
}, 60_000);

test('a first start waits for the services that others depend on', async () => {
  const idle = "command: [node, '-e', 'setInterval(() => {}, 1e3)'], settle: 500ms";
  const { folder, store } = workshop({
    configuration: configuration.replace(
      'services: {}',
      `services: { db: { ${idle} }, app: { ${idle}, dependsOn: [db] } }`,
    ),
    playbook,
  });
  afterwards(() => stopProcessServices(join(store, 'process')));
  const { child, output, ended, firstLine, ready } = up(folder);
  await firstLine;
  await ready;
  expect(output.out).toMatch(/backend process +ok: db runs as pid \d+ .*; app /);
  child.kill('SIGINT');
  expect(await ended).toMatchObject({ code: 0, error: '' });
}, 60_000);

describe('a start that is refused says why and what to do', () => {
  test('a store that another process holds: which one, since when', async () => {
    const { folder, store } = workshop({ configuration, playbook });
    const first = up(folder, '--json');
    await first.firstLine;
    const { code, error } = await up(folder).ended;
    expect(code).toBe(1);
    expect(error).toMatch(
      new RegExp(
        `the store in ${store} is held by process ${first.child.pid} since \\d{4}-.*: stop that healer`,
      ),
    );
  });

  test('a port in use: which one, and how to take another', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    afterwards(() => void other.close());
    const { port } = other.address() as AddressInfo;
    const { folder } = workshop({
      configuration: configuration.replace('port: 0', `port: ${port}`),
      playbook,
    });
    const { code, error } = await up(folder).ended;
    expect(code).toBe(1);
    expect(error).toContain(`port ${port} on 127.0.0.1 is in use by another program`);
    expect(error).toContain('server: { port: … }');
  });

  test('playbooks with mistakes: every one, with its place and what was meant', async () => {
    const { folder } = workshop({
      configuration,
      playbook: `${playbook}    aftr: 5m\n  - action: process.restrat\n    autonomy: always\n`,
    });
    const { code, error } = await up(folder).ended;
    expect(code).toBe(2);
    expect(error).toMatch(/playbook\.yaml:7:\d+: error: .*aftr/);
    expect(error).toMatch(/playbook\.yaml:9:\d+: error: .*autonomy|playbook\.yaml:9:\d+: error: .*ask/);
    expect(error).toContain('after');
  });

  test('an action that no backend has: which were meant', async () => {
    const { folder } = workshop({ configuration, playbook: playbook.replace('restart', 'restrat') });
    const { code, error } = await up(folder).ended;
    expect(code).toBe(2);
    expect(error).toMatch(/playbook\.yaml:5:\d+: error: .*process\.restrat/);
    expect(error).toContain('did you mean `process.restart`?');
  });

  test('a configuration with mistakes', async () => {
    const { folder } = workshop({ configuration: configuration.replace('port: 9', 'prot: 9'), playbook });
    const { code, error } = await up(folder).ended;
    expect(code).toBe(2);
    expect(error).toMatch(/prunella\.yaml:6:\d+: error: .*prot/);
  });

  test('a configuration and playbooks with mistakes: both', async () => {
    const { folder } = workshop({
      configuration: `${configuration}stor: {}\n`,
      playbook: playbook.replace('restart', 'restrat'),
    });
    const { code, error } = await up(folder).ended;
    expect(code).toBe(2);
    expect(error).toContain('did you mean `store`?');
    expect(error).toContain('did you mean `process.restart`?');
  });

  test('a configuration that is not there: its name, and no line of it', async () => {
    const { folder } = workshop({ configuration, playbook });
    const { code, error } = await up(folder, '--config', 'prunela.yaml').ended;
    expect(code).toBe(2);
    expect(error).toContain(`${join(folder, 'prunela.yaml')}: error: does not exist`);
    expect(error).not.toContain(':1:1');
  });

  test('no configuration at all', async () => {
    const { folder } = workshop({ configuration, playbook });
    const { code, error } = await up(join(folder, 'playbooks')).ended;
    expect(code).toBe(2);
    expect(error).toContain('there is no prunella.yaml in');
    expect(error).toContain('--config');
  });

  test('a token that is not where the configuration says', async () => {
    const { folder } = workshop({
      configuration: `${configuration}tokens: { operator: { environment: NOT_SET_ANYWHERE } }\n`,
      playbook,
    });
    const { code, error } = await up(folder).ended;
    expect(code).toBe(1);
    expect(error).toContain('NOT_SET_ANYWHERE is not set');
  });

  test('one token for both roles', async () => {
    const { folder } = workshop({
      configuration: `${configuration}tokens: { operator: { environment: SALT }, reporter: { environment: SALT } }\n`,
      playbook,
    });
    const { code, error } = await up(folder).ended;
    expect(code).toBe(1);
    expect(error).toContain('the tokens of reporter and operator are the same');
  });

  test('a configuration of a host that does not heal', async () => {
    const { folder } = workshop({
      configuration: `${configuration}healer: { address: "http://127.0.0.1:7766" }\n`,
      playbook,
    });
    const { code, error } = await up(folder).ended;
    expect(code).toBe(2);
    expect(error).toContain('names the healer at http://127.0.0.1:7766, so there is nothing to run here');
  });
});

test('prunella up --help tells its options and exit status', async () => {
  const { folder } = workshop({ configuration });
  const { code, out } = await up(folder, '--help').ended;
  expect(code).toBe(0);
  expect(out).toContain('--config <file>');
  expect(out).toContain('--json');
  expect(out).toContain('Exit status');
});
