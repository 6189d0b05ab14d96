import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Explanation, LogEntry } from '@prunella/core';
import { freePort } from '@prunella/labs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AttemptView, IncidentView } from '../../src/engine/engine.ts';
import { localSocketPath, prepareSocketPlace } from '../../src/healer/local-socket.ts';
import { createServer } from '../../src/server/create-server.ts';
import { type EngineStandIn, type StandInAnswers, standInEngine } from './engine-stand-in.ts';
import { type RunSettings, runCommand } from './run-command.ts';

const token = 'the-operators-token';
const openedAt = Date.UTC(2026, 10, 23, 8, 0, 0);

const sick: Explanation = {
  resource: 'postgres/main',
  state: 'open',
  since: openedAt,
  firstFaultAt: openedAt - 60_000,
  incident: 'i1',
  reason: '3 of 3 observers are sick on 3 hosts',
  lastFault: 'connect ECONNREFUSED',
  impact: '3 instances of actioner',
  next: { what: 'attempt a1 waits for a person', at: null },
  remedies: ['prunella approve a1'],
};
const well: Explanation = {
  ...sick,
  resource: 'redis/cache',
  state: 'ok',
  incident: null,
  reason: 'all is well',
};

const attempt: AttemptView = {
  attempt: 'a1',
  step: 'restart',
  action: 'salt.service.restart',
  run: 1,
  phase: 'awaiting-approval',
  startedAt: null,
  targets: ['db1'],
  targetsResolved: true,
  fenced: true,
  outcome: null,
  verdict: null,
  reason: null,
};
const incident: IncidentView = {
  incident: 'i1',
  resource: 'postgres/main',
  playbook: 'postgres',
  state: 'open',
  openedAt,
  firstFaultAt: openedAt - 60_000,
  closedAt: null,
  story: 'unreachable since 07:59, a restart waits for a person',
  attempts: [attempt],
};
const past: IncidentView = {
  ...incident,
  incident: 'i0',
  state: 'closed',
  closedAt: openedAt,
  story: 'healed',
  attempts: [],
};

const cleanups: (() => Promise<void>)[] = [];
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prunella-commands-'));
});

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
  await rm(folder, { recursive: true, force: true });
});

async function startHealer(answers: StandInAnswers): Promise<EngineStandIn & { readonly address: string }> {
  const standIn = standInEngine(answers);
  const facts = () => {
    throw new Error('not asked here');
  };
  const access = { type: 'tokens', tokens: [{ name: 'operator', role: 'operator', token }] } as const;
  const server = createServer(standIn.engine, { access, facts });
  cleanups.push(() => server.close());
  return { ...standIn, address: await server.listen({ host: '127.0.0.1', port: 0 }) };
}

async function ask(words: readonly string[], address: string, settings: RunSettings = {}) {
  const environment = { PRUNELLA_HEALER: address, PRUNELLA_TOKEN: token, ...settings.environment };
  return runCommand(words, { ...settings, environment });
}

it('the healer of this host is found by its socket where nobody listens at the address that is written now', async () => {
  const standIn = standInEngine({ explanations: [sick] });
  const facts = () => {
    throw new Error('not asked here');
  };
  const server = createServer(standIn.engine, { access: { type: 'local' }, facts });
  cleanups.push(() => server.close());
  const store = join(folder, 'store');
  const socketPath = localSocketPath(store);
  await prepareSocketPlace(socketPath);
  await server.listen({ socketPath });
  const port = await freePort();
  await writeFile(join(folder, 'prunella.yaml'), `store: { folder: store }\nserver: { port: ${port} }\n`);
  const { stdout, stderr, exitCode } = await runCommand(['explain'], { workingDirectory: folder });
  expect(stdout).toContain('3 of 3 observers are sick on 3 hosts');
  expect(stderr).toContain(`nobody listens at http://127.0.0.1:${port}: asked the healer of this host`);
  expect(exitCode).toBe(0);
  // An address that a person names is what is asked, and nothing else.
  const named = await runCommand(['explain', '--healer', `http://127.0.0.1:${port}`], {
    workingDirectory: folder,
  });
  expect(named.exitCode).toBe(3);
});

it('an order whose answer was lost on the socket is not sent once more by another way', async () => {
  const heard: string[] = [];
  const listen = async (what: string, where: { path: string } | { port: number; host: string }) => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => {
        heard.push(what);
        socket.destroy();
      });
    });
    await new Promise<void>((resolve) => server.listen(where, resolve));
    cleanups.push(async () => void server.close());
  };
  const socketPath = localSocketPath(join(folder, 'store'));
  await prepareSocketPlace(socketPath);
  const port = await freePort();
  await listen('socket', { path: socketPath });
  await listen('address', { port, host: '127.0.0.1' });
  await writeFile(join(folder, 'prunella.yaml'), `store: { folder: store }\nserver: { port: ${port} }\n`);
  const { stderr, exitCode } = await runCommand(['tokens', 'create', '--role', 'viewer', '--name', 'wall'], {
    workingDirectory: folder,
  });
  expect(exitCode).toBe(3);
  expect(stderr).toContain(socketPath);
  expect(heard).toEqual(['socket']);
});

describe('prunella explain', () => {
  it('tells of each resource that is not ok', async () => {
    const { address } = await startHealer({ explanations: [sick, well] });
    const { stdout, exitCode } = await ask(['explain'], address);
    expect(stdout).toContain('postgres/main');
    expect(stdout).toContain('3 of 3 observers are sick on 3 hosts');
    expect(stdout).not.toContain('redis/cache');
    expect(exitCode).toBe(0);
  });

  it('tells of those that are ok where they are asked for', async () => {
    const { address } = await startHealer({ explanations: [sick, well] });
    expect((await ask(['explain', 'redis/cache'], address)).stdout).toContain('redis/cache');
    expect((await ask(['explain', '--all'], address)).stdout).toContain('redis/cache');
  });

  it('tells of all, however many pages they are', async () => {
    const explanations = Array.from({ length: 2_001 }, (_, index) => {
      return { ...sick, resource: `postgres/n${String(index).padStart(4, '0')}` };
    });
    const { address } = await startHealer({ explanations });
    const { stdout } = await ask(['explain', '--json'], address);
    const told = (JSON.parse(stdout) as { explanations: { resource: string }[] }).explanations;
    expect(told.map(({ resource }) => resource)).toEqual(explanations.map(({ resource }) => resource));
    const wrong = await ask(['explain', 'postgres/n2O00'], address);
    expect(wrong.stderr).toContain('postgres/n2000');
  });

  it('says in one line that all is well', async () => {
    const { address } = await startHealer({ explanations: [well] });
    expect((await ask(['explain'], address)).stdout).toBe('The one resource is ok.\n');
  });

  it('gives JSON as the healer gave it', async () => {
    const { address } = await startHealer({ explanations: [sick, well] });
    expect(JSON.parse((await ask(['explain', '--json'], address)).stdout)).toEqual({
      paused: null,
      refusedConfiguration: null,
      deadChannels: [],
      explanations: [sick],
    });
  });

  it('names the nearest resource where there is none of that name', async () => {
    const { address } = await startHealer({ explanations: [sick, well] });
    const { stderr, exitCode } = await ask(['explain', 'postgres/mian'], address);
    expect(stderr).toContain('did you mean postgres/main?');
    expect(exitCode).toBe(1);
  });

  it('lets nothing that was reported steer the terminal', async () => {
    const { address } = await startHealer({ explanations: [{ ...sick, reason: 'a\u001b[2Jb\u009b' }] });
    const { stdout } = await ask(['explain'], address, { isTTY: true, environment: { NO_COLOR: '1' } });
    expect(stdout).not.toContain('\u001b');
    expect(stdout).not.toContain('\u009b');
  });
});

describe('prunella incidents', () => {
  it('lists them with their attempts and what became of each', async () => {
    const { address } = await startHealer({ incidents: [incident, past] });
    const { stdout } = await ask(['incidents'], address);
    expect(stdout).toContain('i1  postgres/main  open  opened 2026-11-23 08:00:00Z');
    expect(stdout).toContain('a restart waits for a person');
    expect(stdout).toContain('a1 salt.service.restart run 1 on db1: awaiting-approval');
    expect(stdout).toContain('i0');
    expect((await ask(['incidents', '--open'], address)).stdout).not.toContain('i0');
    expect((await ask(['incidents', '--limit', '1'], address)).stdout).not.toContain('i0');
  });

  it('says which attempts went out without knowing whom, and without fences', async () => {
    const hooked: AttemptView = {
      ...attempt,
      startedAt: openedAt,
      phase: 'ended',
      targetsResolved: false,
      fenced: false,
    };
    const { address } = await startHealer({ incidents: [{ ...incident, attempts: [hooked] }] });
    expect((await ask(['incidents'], address)).stdout).toContain(
      '(targets as written, not resolved; fences: no)',
    );
  });

  it('says why an attempt did not help', async () => {
    const reason = 'db1 refused: it is not in allow of prunella.yaml';
    const refused: AttemptView = { ...attempt, phase: 'ended', verdict: 'ineffective', reason };
    const { address } = await startHealer({ incidents: [{ ...incident, attempts: [refused] }] });
    expect((await ask(['incidents'], address)).stdout).toContain(`ended, ineffective: ${reason}`);
  });

  it('tells the whole story of one, page by page', async () => {
    const log = Array.from({ length: 2_500 }, (_, index): LogEntry => {
      const event = { type: 'probe-changed', node: 'db1', passed: false, detail: `look ${index}` } as const;
      return { sequence: index * 2, at: openedAt + index, resource: 'postgres/main', incident: 'i1', event };
    });
    const { address } = await startHealer({ log });
    const lines = (await ask(['incidents', 'i1'], address)).stdout.trimEnd().split('\n');
    expect(lines.length).toBe(2_500);
    expect(lines[0]).toBe('2026-11-23 08:00:00.000Z  probe of db1 fails: look 0');
    expect(lines[2_499]).toContain('look 2499');
    const limited = await ask(['incidents', 'i1', '--limit', '1200', '--json'], address);
    expect(JSON.parse(limited.stdout).entries.length).toBe(1_200);
  });

  it('says so where there is none', async () => {
    const { address } = await startHealer({});
    expect((await ask(['incidents'], address)).stdout).toBe('There has been no incident.\n');
    const { stderr, exitCode } = await ask(['incidents', 'i9'], address);
    expect(stderr).toContain('there is no incident i9');
    expect(exitCode).toBe(1);
  });
});

describe('prunella approve and reject', () => {
  it('say yes or no to an attempt that waits, and who said it', async () => {
    const { address, told } = await startHealer({ incidents: [incident] });
    expect(await ask(['approve', 'a1', '--by', 'ada'], address)).toMatchObject({
      stdout: 'approve done\n',
      exitCode: 0,
    });
    expect((await ask(['reject', 'a1', '--reason', 'failover runs'], address)).exitCode).toBe(0);
    expect(told.commands).toMatchObject([
      { resource: 'postgres/main', command: { by: 'ada', command: { type: 'approve', attempt: 'a1' } } },
      {
        resource: 'postgres/main',
        command: { by: 'operator', command: { type: 'reject', attempt: 'a1', reason: 'failover runs' } },
      },
    ]);
  });

  it('fail with the reason where the healer refuses', async () => {
    const { address } = await startHealer({ incidents: [incident], refusal: 'the approval has expired' });
    const { stderr, exitCode } = await ask(['approve', 'a1'], address);
    expect(stderr).toContain('the approval has expired');
    expect(exitCode).toBe(1);
  });

  it('fail for an attempt that does not exist, also as JSON', async () => {
    const { address } = await startHealer({ incidents: [incident] });
    const { stdout, exitCode } = await ask(['approve', 'a7/../x', '--json'], address);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'not-found' } });
    expect(stdout).toContain('`prunella incidents --open` lists them');
    expect(stdout).not.toContain('GET /');
    expect(exitCode).toBe(1);
  });

  it('want no reason for a no', async () => {
    const { address, told } = await startHealer({ incidents: [incident] });
    expect((await ask(['reject', 'a1'], address)).exitCode).toBe(0);
    expect(told.commands).toMatchObject([{ command: { command: { type: 'reject', reason: '' } } }]);
  });
});

describe('prunella pause and resume', () => {
  it('pull and lift the kill switch', async () => {
    const { address, told } = await startHealer({ paused: { by: 'ada', reason: 'migration', at: openedAt } });
    expect((await ask(['pause', '--reason', 'migration', '--by', 'ada'], address)).stdout).toContain(
      'Paused',
    );
    expect((await ask(['resume'], address)).stdout).toContain('Resumed');
    expect(told.pauses).toEqual([{ by: 'ada', reason: 'migration' }]);
    expect(told.resumes).toEqual(['operator']);
  });

  it('say where there was nothing to resume', async () => {
    const { address } = await startHealer({});
    expect((await ask(['resume'], address)).stdout).toContain('Nothing was paused');
  });

  it('stop everything at once, without a reason', async () => {
    const { address, told } = await startHealer({});
    expect(await ask(['pause'], address)).toMatchObject({ exitCode: 0 });
    expect(told.pauses).toEqual([{ by: 'operator', reason: '' }]);
  });

  it.each([
    ['explain', { explanations: [well] }],
    ['explain --all', { explanations: [sick, well] }],
    ['incidents --open', {}],
    ['incidents', { incidents: [incident] }],
  ])('are seen first of all, also where nothing is wrong: %s', async (words, answers) => {
    const paused = { by: 'ada', reason: 'migration', at: openedAt };
    const { address } = await startHealer({ ...answers, paused });
    const { stdout } = await ask(words.split(' '), address);
    expect(stdout.split('\n')[0]).toBe(
      'ALL REPAIRS PAUSED by ada since 2026-11-23 08:00:00Z: migration; `prunella resume` lifts it',
    );
    expect(stdout.split('\n').length).toBeGreaterThan(2);
    const json = await ask([...words.split(' '), '--json'], address);
    expect(JSON.parse(json.stdout)).toMatchObject({ paused });
  });

  it('let the ladder of an incident go on', async () => {
    const { address, told } = await startHealer({ incidents: [incident] });
    expect((await ask(['resume', 'i1'], address)).exitCode).toBe(0);
    expect(told.commands).toMatchObject([{ command: { command: { type: 'resume-ladder' } } }]);
  });
});

describe('finding the healer and the token', () => {
  it('is reached also where prunella.yaml has an error elsewhere, which is told', async () => {
    const { address } = await startHealer({ explanations: [sick] });
    await writeFile(join(folder, 'operator.token'), `${token}\n`);
    const port = new URL(address).port;
    const text = `store: { folder: store }\ntokens: { operator: { file: operator.token } }\nfleet: { storms: 3 }\n`;
    await writeFile(join(folder, 'prunella.yaml'), `server: { port: ${port} }\n${text}`);
    const { stdout, stderr, exitCode } = await runCommand(['explain'], { workingDirectory: folder });
    expect(stdout).toContain('postgres/main');
    expect(stderr).toMatch(/prunella\.yaml:4:\d+: `storms` is not known.*\n.*asked all the same/);
    expect(exitCode).toBe(0);
    await writeFile(join(folder, 'prunella.yaml'), `server: { prot: ${port} }\n${text}`);
    expect(await runCommand(['explain'], { workingDirectory: folder })).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining('`prot` is not known'),
    });
  });

  it('goes by prunella.yaml where nothing else is said', async () => {
    const { address } = await startHealer({ explanations: [well] });
    await writeFile(join(folder, 'operator.token'), `${token}\n`);
    const { port } = new URL(address);
    await writeFile(
      join(folder, 'prunella.yaml'),
      `server: { port: ${port} }\ntokens: { operator: { file: operator.token } }\n`,
    );
    expect((await runCommand(['explain'], { workingDirectory: folder })).stdout).toContain(
      'The one resource is ok',
    );
  });

  it('goes by options first, and by files named in the environment', async () => {
    const { address } = await startHealer({ explanations: [well] });
    const file = join(folder, 'token');
    await writeFile(file, token);
    const wrong = { PRUNELLA_HEALER: 'http://127.0.0.1:1', PRUNELLA_TOKEN: 'wrong' };
    const options = ['--healer', address, '--token-file', 'token'];
    const told = await runCommand(['explain', ...options], { environment: wrong, workingDirectory: folder });
    expect(told.exitCode).toBe(0);
    const environment = { PRUNELLA_HEALER: address, PRUNELLA_TOKEN_FILE: file };
    expect((await runCommand(['explain'], { environment })).exitCode).toBe(0);
  });

  it('says where a token that is refused was read, such as from the variable that applications use, too', async () => {
    const { address } = await startHealer({});
    await writeFile(join(folder, 'reporter'), 'another');
    const environment = { PRUNELLA_HEALER: address, PRUNELLA_TOKEN_FILE: 'reporter' };
    const { stderr } = await runCommand(['explain'], { environment, workingDirectory: folder });
    expect(stderr).toContain(`the token is from ${join(folder, 'reporter')} (PRUNELLA_TOKEN_FILE); give`);
    expect(stderr).not.toContain('another');
  });

  it('says how to give the token where the healer wants another', async () => {
    const { address } = await startHealer({});
    for (const given of ['wrong', '']) {
      const { stderr, exitCode } = await ask(['explain'], address, {
        environment: { PRUNELLA_TOKEN: given },
      });
      expect(stderr).toContain('PRUNELLA_TOKEN_FILE or --token-file');
      expect(stderr).toContain('--config');
      expect(stderr).toContain('<store>/tokens/operator, and `prunella up` prints where');
      expect(stderr).not.toContain(token);
      expect(exitCode).toBe(1);
    }
  });

  it('says what to do where nothing listens', async () => {
    const { stderr, exitCode } = await ask(['explain'], await addressOfNobody());
    expect(stderr).toContain('ECONNREFUSED');
    expect(stderr).toContain('start it with `prunella up`');
    expect(exitCode).toBe(3);
  });

  it.each([
    ['HTML', 200, '<html>'],
    ['an error page', 502, '<html>Bad gateway'],
    ['JSON of something else', 500, '{"message":"no"}'],
  ])('knows what is no healer: %s', async (_, status, body) => {
    const { stderr, exitCode } = await ask(['explain'], await startOtherServer(status, body));
    expect(stderr).toContain('it is not a healer');
    expect(exitCode).toBe(3);
  });

  it('does not understand a healer that answers in other words', async () => {
    const { stderr, exitCode } = await ask(['explain'], await startOtherServer(200, '{"explanations":[{}]}'));
    expect(stderr).toContain("the healer's answer is not understood at explanations.0.resource");
    expect(exitCode).toBe(1);
  });

  it('refuses what is no address, and a configuration that cannot be read', async () => {
    expect(await ask(['explain'], 'localhost:7766')).toMatchObject({ exitCode: 2 });
    await writeFile(join(folder, 'prunella.yaml'), 'sever: {}\n');
    const { stderr, exitCode } = await runCommand(['explain'], { workingDirectory: folder });
    expect(stderr).toContain('prunella.yaml:1:1: error: `sever` is not known');
    expect(exitCode).toBe(2);
  });
});

async function startOtherServer(status: number, body: string): Promise<string> {
  const server = createHttpServer((_, response) => response.writeHead(status).end(body));
  return listen(server);
}

async function addressOfNobody(): Promise<string> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
}
