import { createServer, type Server } from 'node:http';
import { waitFor } from '@prunella/labs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SaltSession } from './session.ts';

// A stand-in for salt-api's login: a real one gives no tokens that live for a fraction of a second.
let server: Server;
let logins = 0;
let answer: () => { status: number; body: unknown };

beforeEach(async () => {
  logins = 0;
  answer = () => ({ status: 200, body: { return: [{ token: `token-${logins}`, start: 0, expire: 3_600 }] } });
  server = createServer((_incoming, outgoing) => {
    logins += 1;
    const { status, body } = answer();
    setTimeout(() => {
      outgoing.writeHead(status);
      outgoing.end(JSON.stringify(body));
    }, 20);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(() => {
  server.close();
});

function session(password = 'the-password'): SaltSession {
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const login = { username: 'healer', eauth: 'pam', password: async () => password };
  return new SaltSession(new URL(`http://127.0.0.1:${port}/`), login, 2_000);
}

describe('the session', () => {
  it('has one login in flight, and one token for all', async () => {
    const one = session();
    const tokens = await Promise.all([...Array(20).keys()].map(() => one.token()));
    expect(new Set(tokens)).toEqual(new Set(['token-1']));
    expect(logins).toBe(1);
  });

  it('renews its token before it ends', async () => {
    answer = () => ({ status: 200, body: { return: [{ token: `token-${logins}`, start: 0, expire: 2 }] } });
    const one = session();
    const until = performance.now() + 1_900;
    const first = await one.token();
    let latest = first;
    while (latest === first && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      latest = await one.token();
    }
    expect(latest).toBe('token-2');
  });

  it('gets a new token when told that one is dead, once for all that were told', async () => {
    const one = session();
    const dead = await one.token();
    one.drop(dead);
    const fresh = await one.token();
    one.drop(dead);
    expect(await one.token()).toBe(fresh);
    expect(logins).toBe(2);
  });

  it('waits after a refused login, longer each time, and asks nobody meanwhile', async () => {
    answer = () => ({ status: 401, body: {} });
    const one = session();
    await expect(one.token()).rejects.toMatchObject({ code: 'salt-login-refused' });
    await expect(one.token()).rejects.toThrow('not tried again for 1 s');
    expect(logins).toBe(1);
    const asked = () => one.token().catch(() => logins === 2);
    expect(await waitFor(asked, { what: 'the second login' })).toBe(true);
    await expect(one.token()).rejects.toThrow('not tried again for 2 s');
    expect(logins).toBe(2);
  });

  it('tells a server in trouble from a refused login, and never shows the password', async () => {
    answer = () => ({ status: 503, body: 'the-password' });
    const one = session();
    const error = await one.token().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'salt-server-error', maybeTaken: false });
    expect(String(error)).not.toContain('the-password');
    answer = () => ({ status: 200, body: { return: [{ token: 'works', start: 0, expire: 60 }] } });
    expect(await one.token()).toBe('works');
  });
});
