import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { FailureLimit, limitedAs } from '../../src/access/failure-limit.ts';
import { Watch } from '../../src/healer/watch.ts';
import { exposition } from '../../src/metrics/metric.ts';
import { adminToken, operatorToken, serve, viewerToken } from '../server/serve.ts';
import { type MadeToken, serveRoom, signIn, workshop } from './access-workshop.ts';

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('whoever guesses tokens', () => {
  test('is slowed down, and learns nothing by going on', async () => {
    const place = workshop();
    const { ask, room } = await serveRoom(place);
    const statuses: number[] = [];
    for (let times = 0; times < 25; times += 1) {
      statuses.push((await ask('/v1/healer', { headers: bearer(`guess-${times}`) })).status);
    }
    expect(statuses.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 401));
    expect(statuses.slice(20)).toEqual(Array.from({ length: 5 }, () => 429));
    const right = await ask('/v1/healer', { headers: bearer(viewerToken) });
    expect(right.status, 'right or wrong, it is told the same').toBe(429);
    expect(right.headers['retry-after']).toBe('6');
    expect(right.json).toMatchObject({ type: 'urn:prunella:problem:too-many-failures' });
    expect((await ask('/v1/session', { body: { token: viewerToken } })).status).toBe(429);
    expect(room.audit.read({ limit: 10 })).toMatchObject([
      { action: 'refuseAddress', actor: { by: 'nobody' }, from: '127.0.0.1' },
    ]);
    place.clock.now += 6_000;
    expect((await ask('/v1/healer', { headers: bearer(viewerToken) })).status).toBe(200);
  });

  test('locks out nobody at another address, nor whoever was right from this one', async () => {
    const { ask } = await serveRoom();
    expect((await ask('/v1/healer', { headers: bearer(viewerToken) })).status).toBe(200);
    for (let times = 0; times < 25; times += 1) await ask('/v1/healer', { headers: bearer('guess') });
    expect((await ask('/v1/healer', { headers: bearer(operatorToken) })).status).toBe(429);
    expect((await ask('/v1/healer', { headers: bearer(viewerToken) })).status).toBe(200);
    const elsewhere = { headers: bearer(operatorToken), from: '127.0.0.2' };
    expect((await ask('/v1/healer', elsewhere)).status).toBe(200);
  });

  test('does not lock out an application whose token was rotated meanwhile', async () => {
    const served = await serveRoom(workshop(), { failures: { burst: 3 } });
    const create = await served.post('/v1/tokens', { name: 'shop', role: 'viewer' }, adminToken);
    const { secret } = (await create.json()) as MadeToken;
    expect((await served.ask('/v1/healer', { headers: bearer(secret) })).status).toBe(200);
    for (let guess = 0; guess < 5; guess += 1) {
      await served.ask('/v1/healer', { headers: bearer(`wrong-${guess}`) });
    }
    const rotated = await served.post('/v1/tokens/shop/rotate', {}, adminToken);
    const next = (await rotated.json()) as MadeToken;
    expect((await served.ask('/v1/healer', { headers: bearer(next.secret) })).status).toBe(200);
  });

  test('does not end the sessions of others at the same address', async () => {
    const served = await serveRoom();
    const { headers } = await signIn(served);
    for (let times = 0; times < 25; times += 1) await served.ask('/v1/healer', { headers: bearer('guess') });
    expect((await served.ask('/v1/pause', { method: 'POST', headers })).status).toBe(200);
  });

  test('from ever new addresses takes a bounded room', () => {
    const limit = new FailureLimit(() => 0, { burst: 1, addresses: 100 });
    for (let number = 0; number < 1_000; number += 1) limit.fail(`${number}`);
    expect(limit.blockedForS('999')).not.toBe(null);
    expect(limit.blockedForS('900')).not.toBe(null);
    expect(limit.blockedForS('899')).toBe(null);
  });

  test('stops nobody for an hour from their last use, to the millisecond, however often they were there', () => {
    let now = 0;
    const limit = new FailureLimit(() => now);
    for (now = 0; now <= 90_000; now += 1_000) limit.noteGood('10.0.0.1', 'actioner');
    now = 90_000 + 3_600_000 - 1;
    expect(limit.wasGood('10.0.0.1', 'actioner')).toBe(true);
    now += 1;
    expect(limit.wasGood('10.0.0.1', 'actioner')).toBe(false);
    expect(limit.wasGood('10.0.0.1', 'another')).toBe(false);
  });

  test('pushes nobody out who was there within the last minutes, where too many are remembered', () => {
    let now = 0;
    const limit = new FailureLimit(() => now, { addresses: 10 });
    for (let number = 0; number < 100; number += 1) {
      now += 61_000;
      limit.noteGood('10.0.0.1', 'actioner');
      limit.noteGood(`10.0.1.${number}`, 'passer-by');
    }
    expect(limit.wasGood('10.0.0.1', 'actioner')).toBe(true);
    expect(limit.wasGood('10.0.1.89', 'passer-by')).toBe(false);
  });

  test.each([
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('from %s is counted as %s', (address, as) => {
    expect(limitedAs(address)).toBe(as);
  });
});

describe('what is shown in vain', () => {
  test('is counted by its kind, and what gets in is not', async () => {
    const shown: string[] = [];
    const figures = {
      credentialRefused: (kind: string) => void shown.push(kind),
      proxyHeaderIgnored: () => {},
    };
    const { ask } = await serveRoom(workshop(), { figures, failures: { burst: 2 } });
    await ask('/v1/healer', { headers: bearer(operatorToken) });
    await ask('/v1/healer');
    expect(shown).toEqual([]);
    await ask('/v1/healer', { headers: { cookie: `prunella_session=${'x'.repeat(43)}` } });
    await ask('/v1/session', { body: { code: 'none' } });
    await ask('/v1/healer', { headers: bearer('wrong') });
    await ask('/v1/healer', { headers: bearer('wrong') });
    expect(shown).toEqual(['session', 'code', 'token', 'address']);
  });

  test('is seen in the figures of a healer', () => {
    const watch = new Watch({
      plan: () => ({
        configuration: { heartbeat: { method: 'GET', everyMs: 1, timeoutMs: 1 }, outgoing: { allow: [] } },
      }),
      environment: {},
      clock: undefined,
      standing: () => ({ since: 0, refused: null }),
      onFault: () => {},
    });
    watch.refusals.credentialRefused('signature');
    watch.refusals.proxyHeaderIgnored();
    const { credentialsRefused, proxyHeadersIgnored } = watch.counters;
    expect(exposition([credentialsRefused, proxyHeadersIgnored])).toMatch(
      /\{kind="token"\} 0\n[\s\S]*\{kind="signature"\} 1\n[\s\S]*ignored_total 1\n/,
    );
  });
});

describe('a healer on loopback', () => {
  test.each(['evil.example.com', 'evil.example.com:7766', '169.254.169.254', 'localhost.evil.example.com'])(
    'answers no browser that calls it %j',
    async (host) => {
      const { ask } = await serveRoom();
      for (const path of ['/', '/v1/session', '/v1/healer', '/nothing']) {
        const { status, json } = await ask(path, { headers: { host } });
        expect([status, json['type']], path).toEqual([421, 'urn:prunella:problem:host-refused']);
      }
      expect((await ask('/v1/session', { headers: { host }, body: { token: operatorToken } })).status).toBe(
        421,
      );
    },
  );

  test('answers supervisors under any name, and programs that show a token', async () => {
    const { ask } = await serveRoom();
    const host = 'healer.example.com';
    expect((await ask('/livez', { headers: { host } })).status).toBe(200);
    expect((await ask('/v1/healer', { headers: { host, ...bearer(viewerToken) } })).status).toBe(200);
  });

  test('answers under its own names, and those of the configuration', async () => {
    const { ask } = await serveRoom(workshop(), { hosts: ['healer.example.com'] });
    for (const host of [
      'localhost',
      'LOCALHOST:80',
      '127.0.0.1',
      '127.9.9.9:1',
      '[::1]:7766',
      'healer.example.com',
    ]) {
      expect((await ask('/v1/session', { headers: { host } })).status, host).toBe(401);
    }
  });
});

describe('every answer', () => {
  test.each(['/v1/healer', '/v1/session', '/nothing', '/livez', '/v1/incidents/%ZZ'])(
    'at %s lets a browser do nothing with it',
    async (path) => {
      const { ask } = await serveRoom();
      const { headers } = await ask(path);
      expect(headers).toMatchObject({
        'content-security-policy':
          "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'no-store',
      });
      expect(headers['access-control-allow-origin']).toBeUndefined();
      expect(headers['server']).toBeUndefined();
    },
  );
});

describe('a path', () => {
  test.each([
    '/v1/../v1/healer',
    '/./v1/healer',
    '//v1/healer',
    '/v1//healer',
    '/v1/healer/',
    '/V1/healer',
    '/v1/%2e%2e/v1/healer',
    '/assets/..%2f..%2fpackage.json',
    '/assets/%2e%2e%2fpackage.json',
    '/assets/..%252f..%252fpackage.json',
    '/assets/../../package.json',
    '/assets/..\\..\\package.json',
    '/assets/%00',
    '/assets//etc/passwd',
    '/livez/../v1/pause',
    '/livez/..%2fv1%2fpause',
    '/livez;/v1/pause',
    '/v1/pause%20',
    '/v1/pause%00',
    '/v1/pause/..',
  ])('%s leads to nothing that its plain form does not', async (path) => {
    const { ask, engine } = await serveRoom();
    for (const method of ['GET', 'POST']) {
      const { status } = await ask(path, { method });
      expect([400, 401, 404, 503], `${method} ${status}`).toContain(status);
    }
    expect(engine.paused).toBe(null);
  });

  test('in other clothes needs the same token', async () => {
    const { ask, engine } = await serveRoom();
    for (const path of ['/v1/p%61use', '/%76%31/pause', '/v1/pause?x=1', '/v1/pause?']) {
      expect([401, 404], path).toContain((await ask(path, { method: 'POST' })).status);
      expect(engine.paused).toBe(null);
    }
  });

  test.each(['http://127.0.0.1/v1/healer', 'http://evil.example.com/v1/healer', 'https://a/v1/healer'])(
    'as a whole address, %s, is none of ours',
    async (path) => {
      const { ask } = await serveRoom();
      const { status } = await ask(path);
      expect([400, 401, 404]).toContain(status);
    },
  );
});

describe('a path that cannot be read', () => {
  test.each([
    ['no such escape', '/v1/incidents/%ZZ'],
    ['no UTF-8', '/v1/incidents/%ff'],
    ['too long a name', `/v1/incidents/${'a'.repeat(1_500)}`],
  ])('is refused as everything else is: %s', async (_what, path) => {
    const { ask } = await serveRoom();
    const { status, headers, json } = await ask(path);
    expect([status, headers['content-type'], json['type']]).toEqual([
      400,
      expect.stringMatching(/^application.problem.json/),
      'urn:prunella:problem:malformed',
    ]);
    expect(String(json['detail']).length).toBeLessThan(300);
  });
});

describe('what is no whole request', () => {
  /** Everything that the server says to these bytes, until it hangs up. */
  async function say(address: string, text: string): Promise<string> {
    const { hostname, port } = new URL(address);
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.setEncoding('utf8').on('data', (part) => {
      answer += part;
    });
    socket.write(text);
    await new Promise<void>((resolve, reject) => {
      socket.once('close', () => resolve());
      socket.once('error', reject);
    });
    return answer;
  }

  const head = `POST /v1/pause HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${operatorToken}\r\n`;

  test('a body that does not come is waited for, but not for ever, and orders nothing', async () => {
    const { address, engine } = await serve({ requestTimeoutMs: 300 });
    const answer = await say(
      address,
      `${head}content-type: application/json\r\ncontent-length: 20\r\n\r\n{"reason"`,
    );
    expect(answer).toContain('408');
    expect(answer).toContain('urn:prunella:problem:too-slow');
    expect(engine.paused).toBe(null);
  });

  test('a body for a path that is not there is not waited for', async () => {
    const { address } = await serve({ requestTimeoutMs: 60_000 });
    const answer = say(
      address,
      'POST /nothing HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 2000000\r\n\r\n{',
    );
    expect(await answer).toContain('urn:prunella:problem:not-found');
  });

  test('two lengths are no request, so that nothing is smuggled behind it', async () => {
    const { address, engine } = await serve();
    const smuggled = `${head}\r\n`;
    const answer = await say(
      address,
      `POST /v1/reports HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    );
    expect(answer).toContain('400');
    expect(engine.paused).toBe(null);
  });

  test.each(['x: a\rb', 'x: a\nauthorization: Bearer x', 'x\u0000: a', 'x : a'])(
    'a header with control characters, %j, gets nobody in',
    async (header) => {
      const { address, engine } = await serve();
      const answer = await say(
        address,
        `POST /v1/pause HTTP/1.1\r\nhost: localhost\r\n${header}\r\nconnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 40[01] /);
      expect(engine.paused).toBe(null);
    },
  );

  test('a body that is too large is refused before it is read', async () => {
    const { ask, engine } = await serveRoom();
    const { status } = await ask('/v1/pause', {
      headers: bearer(operatorToken),
      body: { reason: 'x'.repeat(3_000_000) },
    });
    expect(status).toBe(413);
    expect((await ask('/v1/session', { body: { token: 'x'.repeat(5_000) } })).status).toBe(413);
    expect(engine.paused).toBe(null);
  });

  test.each(['a\r\nb', 'a\u0000', '\u001b[2J', 'a\u0085b'])('a name with %j goes into no log', async (by) => {
    const { ask, engine, room } = await serveRoom();
    const { status, json } = await ask('/v1/pause', { headers: bearer(operatorToken), body: { by } });
    expect([status, json['field']]).toEqual([400, 'by']);
    expect(engine.paused).toBe(null);
    expect(JSON.stringify(room.audit.read({ limit: 10 }))).not.toContain('\\u001b');
  });
});
