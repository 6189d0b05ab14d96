import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SaltClient } from './client.ts';
import { Transport } from './http.ts';
import { SaltSession } from './session.ts';

let server: Server;
let client: SaltClient;
/** What salt-api answers to all but logins. */
let status: number;

beforeEach(async () => {
  server = createServer((request, answer) => {
    const isLogin = request.url === '/login';
    answer.writeHead(isLogin ? 200 : status, { 'content-type': 'application/json' });
    answer.end(JSON.stringify({ return: [{ token: 'token', start: 0, expire: 3_600, perms: [] }] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const transport = new Transport();
  const login = { username: 'healer', eauth: 'sharedsecret', password: async () => 'secret' };
  client = new SaltClient(url, new SaltSession(url, login, 5_000, transport), 5_000, transport);
});

afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
});

const call = { name: 'manage.up', args: [], kwargs: {} };
const onMinion = () =>
  client.start({ expression: ['db1'], matcher: 'list' }, { ...call, name: 'prunella.apply' });

it.each([
  [
    'a runner',
    () => client.startRunner(call),
    'refuses manage.up: ',
    "list it for the account, under '@runner'",
  ],
  ['an order', onMinion, 'refuses prunella.apply: ', 'list it for the account'],
  [
    'a look at a job',
    () => client.job('1'),
    'refuses jobs.list_job: ',
    "list it for the account, under '@runner'",
  ],
])(
  'names what external_auth must list, and no more, where %s is refused',
  async (_, ask, refused, remedy) => {
    status = 401;
    const error = await ask().then(String, String);
    expect(error).toContain(refused);
    expect(error.endsWith(remedy)).toBe(true);
  },
);

it.each([
  ['a runner', () => client.startRunner(call), 'runner_async'],
  ['an order', onMinion, 'local_async'],
  ['a look at a job', () => client.job('1'), 'runner'],
])('names the client that netapi_enable_clients lacks where %s is refused', async (_, ask, name) => {
  status = 400;
  expect(await ask().then(String, String)).toMatch(
    new RegExp(`netapi_enable_clients of the Salt master has ${name}$`),
  );
});
