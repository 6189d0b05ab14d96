import { createServer, type Server } from 'node:http';
import { waitFor } from '@prunella/labs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Transport } from './http.ts';
import { SaltSession } from './session.ts';

// A stand-in for salt-api's login: a real one gives no tokens that live for a fraction of a second.
let server: Server;
let logins = 0;
let answer: () => { status: number; body: unknown };

beforeEach(async () => {
  logins = 0;
  now = 0;
  password = 'the-password';
  slowMs = 20;
  held = Promise.resolve();
  answer = () => ({ status: 200, body: { return: [{ token: `token-${logins}`, start: 0, expire: 3_600 }] } });
  server = createServer((_incoming, outgoing) => {
    logins += 1;
    const { status, body } = answer();
    const end = () => {
      outgoing.writeHead(status);
      outgoing.end(JSON.stringify(body));
    };
    setTimeout(() => void held.then(end), slowMs);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(() => {
  server.close();
  server.closeAllConnections();
});

let now = 0;
let password = 'the-password';
let slowMs = 20;
/** The server answers nobody before this. */
let held = Promise.resolve();

function session(eauth = 'pam', timeoutMs = 2_000): SaltSession {
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const login = { username: 'healer', eauth, password: async () => password };
  const url = new URL(`http://127.0.0.1:${port}/`);
  return new SaltSession(url, login, timeoutMs, new Transport(), () => now);
}

describe('the session', () => {
  it('has one login in flight, and one token for all', async () => {
    const one = session();
    const tokens = await Promise.all([...Array(20).keys()].map(() => one.token()));
    expect(new Set(tokens)).toEqual(new Set(['token-1']));
    expect(logins).toBe(1);
  });

  it('says that the secret cannot be read as it says all else: nothing was sent', async () => {
    const url = new URL('http://127.0.0.1:1/');
    const gone = async () => {
      throw new Error("the secret's file /run/secret cannot be read (ENOENT)");
    };
    const login = { username: 'healer', eauth: 'pam', password: gone };
    await expect(new SaltSession(url, login, 2_000, new Transport()).token()).rejects.toMatchObject({
      code: 'salt-secret',
      maybeTaken: false,
      message: "could not log in: the secret's file /run/secret cannot be read (ENOENT)",
    });
  });

  it('renews its token at three quarters of its life', async () => {
    const one = session();
    await one.token();
    now = 2_699_000;
    expect(await one.token()).toBe('token-1');
    now = 2_700_000;
    expect(await one.token()).toBe('token-2');
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

  /** Asks every second of a time span, and tells at which seconds a login was made. */
  async function loginsWithin(one: SaltSession, seconds: number): Promise<readonly number[]> {
    const at: number[] = [];
    for (let second = 0; second < seconds; second += 1) {
      const before = logins;
      await one.token().catch(() => {});
      if (logins > before) at.push(second);
      now += 1_000;
    }
    return at;
  }

  it('waits after a refused shared secret, longer each time, up to a minute', async () => {
    answer = () => ({ status: 401, body: {} });
    slowMs = 0;
    expect(await loginsWithin(session('sharedsecret'), 200)).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183]);
  });

  it('never lets a wrong password lock an account: at most two refusals within fifteen minutes', async () => {
    answer = () => ({ status: 401, body: {} });
    slowMs = 0;
    const at = await loginsWithin(session('pam'), 3_600);
    expect(at).toEqual([0, 30, 990, 1_950, 2_910]);
    for (const second of at) {
      expect(at.filter((other) => other >= second && other <= second + 900).length).toBeLessThan(3);
    }
  });

  it('tries a password that was changed at once, and then works', async () => {
    answer = () => ({ status: 401, body: {} });
    const one = session('ldap');
    await expect(one.token()).rejects.toMatchObject({ code: 'salt-login-refused' });
    await expect(one.token()).rejects.toThrow('not tried again for 30 s');
    password = 'another';
    answer = () => ({ status: 200, body: { return: [{ token: 'works', start: 0, expire: 60 }] } });
    expect(await one.token()).toBe('works');
    expect(logins).toBe(2);
  });

  it('has one login in flight where PAM is slower than those who wait, and takes its answer in the end', async () => {
    const { promise, resolve: answerNow } = Promise.withResolvers<void>();
    held = promise;
    const one = session('pam', 1_000);
    const [first, second] = await Promise.allSettled([one.token(), one.token()]);
    for (const waited of [first, second]) {
      const reason = waited.status === 'rejected' ? waited.reason : null;
      expect(reason).toMatchObject({ code: 'salt-timeout', maybeTaken: false });
      expect(String(reason)).toContain('PAM is slow');
    }
    answerNow();
    expect(await one.token()).toBe('token-1');
    expect(logins).toBe(1);
  });

  it('counts a login whose answer never came as one that failed', async () => {
    slowMs = 60_000;
    const one = session('pam', 20);
    await expect(one.token()).rejects.toMatchObject({ code: 'salt-timeout' });
    const refused = () =>
      one.token().catch((error: unknown) => String(error).includes('not tried again for 1 s'));
    expect(await waitFor(refused, { what: 'the login to be given up', everyMs: 10 })).toBe(true);
    expect(logins).toBe(1);
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
