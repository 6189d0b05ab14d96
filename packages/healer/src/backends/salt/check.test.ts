import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { BackendHealth } from '../backend.ts';
import { saltConfiguration } from './configuration.ts';
import { createSaltBackend } from './create-salt-backend.ts';

// A stand-in for salt-api: it takes every login, and answers each call with one status.
let server: Server;
let status = 200;

beforeEach(async () => {
  server = createServer((incoming, outgoing) => {
    const isLogin = incoming.url === '/login';
    outgoing.writeHead(isLogin ? 200 : status, { 'content-type': 'application/json' });
    outgoing.end(JSON.stringify({ return: [{ token: 'token', start: 0, expire: 3_600 }] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(() => {
  server.close();
});

async function check(environment: Readonly<Record<string, string>>): Promise<BackendHealth> {
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const configuration = saltConfiguration({ folder: '/' }).parse({
    mode: 'api',
    url: `http://127.0.0.1:${port}`,
    username: 'healer',
    password: { environment: 'SALT' },
  });
  const backend = createSaltBackend(configuration, { environment });
  try {
    return await backend.check(AbortSignal.timeout(5_000));
  } finally {
    await backend.close();
  }
}

const asksWhetherItRuns = expect.stringContaining('Salt master and salt-api run');

it('an account that may not order is told so, and not to look whether the master runs', async () => {
  status = 401;
  expect(await check({ SALT: 'x' })).toEqual({
    ok: false,
    problem: expect.stringContaining('external_auth'),
    remedy: expect.stringContaining("that account's list"),
  });
});

it('a secret that is not there says nothing about the master', async () => {
  expect(await check({})).toEqual({
    ok: false,
    problem: expect.stringContaining('SALT is not set'),
    remedy: expect.stringContaining('prunella.yaml'),
  });
});

it('a master that may be down is to be looked at', async () => {
  status = 500;
  expect(await check({ SALT: 'x' })).toMatchObject({ ok: false, remedy: asksWhetherItRuns });
});
