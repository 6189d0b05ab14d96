import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { saltConfiguration } from './configuration.ts';
import { createSaltBackend } from './create-salt-backend.ts';
import { webhookFinding } from './examine.ts';

// A stand-in for salt-api: real masters with every one of these mistakes would be a lab each.
let server: Server;
let answers: Record<string, unknown>;
let hookStatus = 401;
let perms: unknown;
const node = { resource: 'redis/cache', node: 'one', target: 'db1' };
const status = { prunella: 1, allow: [{ function: 'state.highstate' }], stopped: null };

beforeEach(async () => {
  hookStatus = 401;
  perms = ['prunella.apply'];
  answers = {
    'prunella.status': { db1: { ret: status, retcode: 0 } },
    'test.ping': { jid: '20261126000000000000', minions: ['db1'] },
    'jobs.list_jobs': { '20261126000000000000': {} },
    'config.get keep_jobs_seconds': 86_400,
    'config.get order_masters': false,
    'config.get enable_ssh_minions': false,
    'config.get job_cache': true,
  };
  server = createServer((incoming, outgoing) => {
    let body = '';
    incoming.on('data', (chunk) => {
      body += chunk;
    });
    incoming.on('end', () => {
      if (incoming.url === '/hook') {
        outgoing.writeHead(hookStatus).end();
        return;
      }
      const login = { token: 'token', start: 0, expire: 3_600, perms };
      const [low] = incoming.url === '/login' ? [] : JSON.parse(body);
      const name = low?.fun === 'config.get' ? `config.get ${low.arg[0]}` : low?.fun;
      const answer = low === undefined ? login : answers[name];
      outgoing.writeHead(answer === 'forbidden' ? 401 : 200, { 'content-type': 'application/json' });
      outgoing.end(JSON.stringify({ return: [answer] }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(() => {
  server.close();
});

async function examined(changes: Record<string, unknown> = {}, installation: string | null = 'ours') {
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const configuration = saltConfiguration({ folder: '/' }).parse({
    mode: 'api',
    url: `http://127.0.0.1:${port}`,
    username: 'healer',
    password: { environment: 'SALT' },
    ...changes,
  });
  const backend = createSaltBackend(configuration, { environment: { SALT: 'x' }, nodes: [node] });
  const found = (await backend.examine?.(AbortSignal.timeout(20_000), installation)) ?? [];
  await backend.close();
  return found;
}

async function findings(changes: Record<string, unknown> = {}, installation: string | null = 'ours') {
  return (await examined(changes, installation)).map(
    ({ check, state, what }) => `${state} ${check}: ${what}`,
  );
}

it('finds a whole installation well', async () => {
  expect((await findings()).filter((line) => !line.startsWith('ok '))).toEqual([]);
});

it.each([
  [
    'prunella.status',
    { db1: { ret: "'prunella.status' is not available.", retcode: 1 } },
    'problem',
    'has no prunella.apply',
  ],
  ['prunella.status', { db1: { ret: { ...status, allow: [] }, retcode: 0 } }, 'warning', 'allows nothing'],
  [
    'prunella.status',
    { db1: { ret: { ...status, stopped: 'by ada' }, retcode: 0 } },
    'warning',
    'is stopped (by ada)',
  ],
  [
    'prunella.status',
    { db1: { ret: { prunella: 1, problem: 'no file' }, retcode: 0 } },
    'problem',
    'no file',
  ],
  [
    'prunella.status',
    { db1: { ret: { ...status, authority: 'theirs' }, retcode: 0 } },
    'problem',
    'db1 obeys the installation theirs, and this one is ours',
  ],
  ['prunella.status', {}, 'unknown', 'db1 does not answer'],
  ['prunella.status', 'forbidden', 'unknown', 'the account may not ask'],
  ['jobs.list_jobs', {}, 'problem', 'is not found among the jobs'],
  ['config.get keep_jobs_seconds', 600, 'problem', 'forgets its jobs after 600 s'],
  ['config.get keep_jobs_seconds', 'forbidden', 'unknown', 'the account may not ask'],
  ['config.get job_cache', false, 'problem', 'keeps no returns'],
  ['config.get order_masters', true, 'warning', 'behind a syndic'],
  ['config.get enable_ssh_minions', true, 'warning', 'Salt SSH'],
] as const)('%s with %j is a %s', async (name, answer, state, what) => {
  answers[name] = answer;
  const ailing = (await findings()).filter((line) => !line.startsWith('ok '));
  expect(ailing).toEqual([expect.stringMatching(new RegExp(`^${state} .*${what.replace(/[()]/g, '.')}`))]);
});

it('says of a minion that is silent that it may be masterless, which no master can see', async () => {
  answers['prunella.status'] = {};
  expect((await examined()).find(({ check }) => check === 'salt-module')).toMatchObject({
    why: expect.stringContaining('masterless'),
    remedy: expect.stringContaining('run salt-minion with this master'),
  });
});

it('says before the first start that a minion obeys another installation, and nothing where it obeys this one', async () => {
  answers['prunella.status'] = { db1: { ret: { ...status, authority: 'theirs' }, retcode: 0 } };
  expect(await findings({}, null)).toContainEqual(
    expect.stringMatching(/^warning .*there is no store here yet, or it cannot be read/),
  );
  expect((await findings({}, 'theirs')).filter((line) => !line.startsWith('ok '))).toEqual([]);
});

it.each([[{}], [[]]])(
  'does not take an account that may do nothing for one that may do little',
  async (nothing) => {
    perms = nothing;
    expect(await findings()).toContainEqual(
      'problem salt-permissions: external_auth of the master allows the account "healer" nothing',
    );
  },
);

it('warns where fences were given up', async () => {
  expect(await findings({ fences: 'none' })).toContainEqual(expect.stringContaining('warning salt-module'));
});

it('fails for webhooks that are open to others, and warns where only this host reaches them', async () => {
  hookStatus = 405;
  expect(await findings()).toContainEqual(expect.stringContaining('warning salt-webhooks'));
  const open = await webhookFinding(405, new URL('http://salt.example.com:8000/'), '/hook');
  expect(open).toMatchObject({ state: 'problem', what: expect.stringContaining('webhook_disable_auth') });
  expect((await webhookFinding(404, new URL('http://salt.example.com:8000/'), '/hook')).state).toBe('ok');
});

it('fails where the healer uses a loopback address and salt-api listens on another one, too', async () => {
  const { port } = server.address() as AddressInfo;
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(port, '127.0.0.2', resolve));
  const url = new URL(`http://127.0.0.1:${port}/`);
  expect(await webhookFinding(405, url, '/hook', ['127.0.0.2'])).toMatchObject({
    state: 'problem',
    what: expect.stringContaining('answers at 127.0.0.2, too'),
    remedy: expect.stringContaining('host: 127.0.0.1'),
  });
  expect(await webhookFinding(405, url, '/hook', ['127.0.0.3'])).toMatchObject({ state: 'warning' });
  await new Promise((resolve) => other.close(resolve));
});

it('says that it cannot log in, and nothing of minions then', async () => {
  const lines = await findings({ username: 'healer', password: { environment: 'NOT_SET' } });
  expect(lines[0]).toContain('problem salt-reachable');
  expect(lines.join()).not.toContain('salt-module');
});

it('a salt-api that ends while its webhooks are looked at is told as that, and no fault of ours', async () => {
  const server = createServer((request, answer) => {
    if (request.url === '/') answer.end(JSON.stringify({ clients: ['local'], return: 'Welcome' }));
    else answer.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const hooks = createSaltBackend(
    {
      mode: 'hook',
      url: `http://127.0.0.1:${port}`,
      hookPath: '/hook',
      secret: { environment: 'SECRET' },
      signed: false,
      loginTimeoutMs: 1_000,
      requestTimeoutMs: 1_000,
      fences: 'none',
      watch: false,
      limits: { perMaster: 10, perMinion: 1, perJob: 50 },
    },
    { environment: { SECRET: 'secret' } },
  );
  const findings = await hooks.examine?.(new AbortController().signal, null);
  expect(findings?.find(({ check }) => check === 'salt-webhooks')).toMatchObject({
    state: 'unknown',
    what: expect.stringContaining('the webhooks could not be looked at'),
  });
  await hooks.close();
  await new Promise((resolve) => server.close(resolve));
});
