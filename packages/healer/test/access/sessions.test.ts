import { describe, expect, test } from 'vitest';
import { adminToken, operatorToken, reporterToken, viewerToken } from '../server/serve.ts';
import { configured, type ServedRoom, serveRoom, signIn, workshop } from './access-workshop.ts';

const hourMs = 60 * 60 * 1_000;

describe('a browser', () => {
  test('signs in with a token, and is told who it is', async () => {
    const { clock, ...rest } = workshop();
    const served = await serveRoom({ clock, ...rest });
    const { answer, setCookie, csrf, cookie } = await signIn(served);
    expect(answer.status).toBe(201);
    const session = {
      name: 'anna',
      role: 'operator',
      csrfToken: csrf,
      expiresAt: clock.now + 7 * 24 * hourMs,
    };
    expect(answer.json).toEqual(session);
    expect(setCookie).toBe(
      `prunella_session=${cookie}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${7 * 24 * 3600}`,
    );
    expect(cookie).toMatch(/^[\w-]{43}$/);
    const again = await served.ask('/v1/session', { headers: { cookie: `a=b; prunella_session=${cookie}` } });
    expect([again.status, again.json]).toEqual([200, session]);
  });

  test('looks and follows with the cookie alone', async () => {
    const served = await serveRoom();
    const { cookie } = await signIn(served, viewerToken);
    const headers = { cookie: `prunella_session=${cookie}` };
    expect((await served.ask('/v1/healer', { headers })).status).toBe(200);
    expect((await served.ask('/v1/log/stream', { headers })).status).toBe(200);
    expect((await served.ask('/v1/healer')).status).toBe(401);
  });

  test('may do what its token may do, and no more', async () => {
    const served = await serveRoom();
    const viewer = await signIn(served, viewerToken);
    const order = { method: 'POST', headers: viewer.headers };
    expect((await served.ask('/v1/pause', order)).status).toBe(403);
    expect(served.engine.paused).toBe(null);
    const operator = await signIn(served);
    expect((await served.ask('/v1/pause', { ...order, headers: operator.headers })).status).toBe(200);
    expect(served.engine.paused).toEqual({ by: 'anna', reason: '' });
  });

  test.each([
    ['a wrong one', 'wrong', 401],
    ['none', '', 400],
    ['an application’s', reporterToken, 403],
  ])('does not get in with %s', async (_what, token, status) => {
    const served = await serveRoom();
    const { answer, setCookie } = await signIn(served, token);
    expect(answer.status).toBe(status);
    expect(setCookie).toBe('');
    expect(served.room.sessions.size).toBe(0);
  });

  test('of which nobody knows is a stranger', async () => {
    const { ask } = await serveRoom();
    for (const cookie of ['', `prunella_session=${'x'.repeat(43)}`, 'prunella_session=../../etc']) {
      const { status, json } = await ask('/v1/session', { headers: { cookie } });
      expect([status, json['type']]).toEqual([401, 'urn:prunella:problem:not-authenticated']);
    }
  });

  test('signs out, and its cookie is good for nothing', async () => {
    const served = await serveRoom();
    const { headers } = await signIn(served);
    const out = await served.ask('/v1/session', { method: 'DELETE', headers });
    expect(out.status).toBe(204);
    expect(out.headers['set-cookie']).toEqual([
      'prunella_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0',
    ]);
    expect((await served.ask('/v1/session', { headers })).status).toBe(401);
  });

  test('beside another one is a session of its own', async () => {
    const served = await serveRoom();
    const [first, second] = [await signIn(served), await signIn(served)];
    expect(first.cookie).not.toBe(second.cookie);
    expect(first.csrf).not.toBe(second.csrf);
    await served.ask('/v1/session', { method: 'DELETE', headers: first.headers });
    expect((await served.ask('/v1/session', { headers: first.headers })).status).toBe(401);
    expect((await served.ask('/v1/session', { headers: second.headers })).status).toBe(200);
  });

  test('that was given a cookie by somebody else gets one of its own, and that one is worth nothing', async () => {
    const served = await serveRoom();
    const planted = 'p'.repeat(43);
    const { cookie } = await signIn(served, operatorToken, {
      headers: { cookie: `prunella_session=${planted}` },
    });
    expect(cookie).not.toBe(planted);
    const headers = { cookie: `prunella_session=${planted}` };
    expect((await served.ask('/v1/session', { headers })).status).toBe(401);
    const attacker = await signIn(served, viewerToken);
    const victim = await signIn(served, adminToken, { headers: { cookie: attacker.headers.cookie } });
    expect(victim.cookie).not.toBe(attacker.cookie);
    expect((await served.ask('/v1/session', { headers: attacker.headers })).status).toBe(401);
  });
});

describe('an order from a browser', () => {
  const other = 'http://evil.example.com';

  test.each([
    ['without the CSRF token', {}],
    ['with a wrong one', { 'x-prunella-csrf': 'x'.repeat(43) }],
    ['with an empty one', { 'x-prunella-csrf': '' }],
  ])('%s is refused', async (_what, csrf) => {
    const served = await serveRoom();
    const { cookie } = await signIn(served);
    const answer = await served.ask('/v1/pause', {
      method: 'POST',
      headers: { cookie: `prunella_session=${cookie}`, ...csrf },
    });
    expect([answer.status, answer.json['type']]).toEqual([403, 'urn:prunella:problem:csrf-refused']);
    expect(served.engine.paused).toBe(null);
  });

  test('with the CSRF token of another session is refused', async () => {
    const served = await serveRoom();
    const [one, two] = [await signIn(served), await signIn(served)];
    const headers = { ...one.headers, 'x-prunella-csrf': two.csrf };
    expect((await served.ask('/v1/pause', { method: 'POST', headers })).status).toBe(403);
    expect(served.engine.paused).toBe(null);
  });

  test.each([
    ['another site', { origin: other }, 403],
    ['a page without an origin', { origin: 'null' }, 403],
    ['another port of this machine', { origin: 'http://127.0.0.1:1' }, 403],
    ['a site that a browser calls cross-site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['a neighbour', { 'sec-fetch-site': 'same-site' }, 403],
    ['our own page', { 'sec-fetch-site': 'same-origin' }, 200],
  ])('by %s is answered %j', async (_what, from, status) => {
    const served = await serveRoom();
    const { headers } = await signIn(served);
    const answer = await served.ask('/v1/pause', { method: 'POST', headers: { ...headers, ...from } });
    expect(answer.status).toBe(status);
    expect(served.engine.paused === null).toBe(status === 403);
  });

  test('by our own origin is taken, and by a name that the configuration gives', async () => {
    const served = await serveRoom(workshop(), { hosts: ['healer.example.com'] });
    const { headers } = await signIn(served);
    for (const origin of [served.address, 'https://healer.example.com', 'https://healer.example.com:8443']) {
      const order = { method: 'POST', headers: { ...headers, origin } };
      expect((await served.ask('/v1/resume', order)).status).toBe(200);
    }
  });

  test('with a token in place of the cookie needs none of it: no other site has one', async () => {
    const served = await serveRoom();
    const { cookie } = await signIn(served, viewerToken);
    const headers = {
      authorization: `Bearer ${operatorToken}`,
      cookie: `prunella_session=${cookie}`,
      origin: other,
    };
    expect((await served.ask('/v1/pause', { method: 'POST', headers })).status).toBe(200);
    expect(served.engine.paused).toMatchObject({ by: 'anna' });
  });

  test('to sign in must not come from another site, which would sign somebody in as itself', async () => {
    const served = await serveRoom();
    for (const headers of [{ origin: other }, { 'sec-fetch-site': 'cross-site' }]) {
      const { answer } = await signIn(served, operatorToken, { headers });
      expect([answer.status, answer.json['type']]).toEqual([403, 'urn:prunella:problem:csrf-refused']);
    }
    const form = await served.ask('/v1/session', {
      body: { token: operatorToken },
      headers: { 'content-type': 'text/plain' },
    });
    expect(form.status).toBe(415);
    expect(served.room.sessions.size).toBe(0);
  });
});

describe('a session', () => {
  test('outlives the healer', async () => {
    const place = workshop();
    const { headers } = await signIn(await serveRoom(place));
    const next = await serveRoom(place);
    expect((await next.ask('/v1/session', { headers })).status).toBe(200);
    expect((await next.ask('/v1/pause', { method: 'POST', headers })).status).toBe(200);
  });

  test('ends with the configured token that opened it', async () => {
    const place = workshop();
    const { headers } = await signIn(await serveRoom(place));
    const next = await serveRoom(place, {
      configured: [...configured.slice(0, 2), { name: 'anna', role: 'operator', token: 'another' }],
    });
    expect((await next.ask('/v1/session', { headers })).status).toBe(401);
  });

  test('ends with the made token that opened it: when it is revoked, and when it is over', async () => {
    const place = workshop();
    const served = await serveRoom(place);
    const none = () => [];
    const one = served.room.tokens.create({ name: 'berta', role: 'operator' }, 'test', none);
    const two = served.room.tokens.create(
      { name: 'carla', role: 'operator', expiresAt: place.clock.now + hourMs },
      'test',
      none,
    );
    const [berta, carla] = [await signIn(served, one.secret), await signIn(served, two.secret)];
    expect(carla.answer.json['expiresAt']).toBe(place.clock.now + hourMs);
    served.room.tokens.revoke(one.token.id, none);
    expect((await served.ask('/v1/session', { headers: berta.headers })).status).toBe(401);
    expect((await served.ask('/v1/session', { headers: carla.headers })).status).toBe(200);
    place.clock.now += hourMs;
    expect((await served.ask('/v1/session', { headers: carla.headers })).status).toBe(401);
  });

  test('that nobody uses ends sooner than one that is used, and none lasts for ever', async () => {
    const place = workshop();
    const served = await serveRoom(place, { sessions: { idleMs: 12 * hourMs, longestMs: 48 * hourMs } });
    const [idle, used] = [await signIn(served), await signIn(served)];
    const statusOf = async (one: typeof idle) =>
      (await served.ask('/v1/session', { headers: one.headers })).status;
    for (let hours = 0; hours < 44; hours += 11) {
      expect(await statusOf(used), `after ${hours} h`).toBe(200);
      place.clock.now += 11 * hourMs;
    }
    expect(await statusOf(idle)).toBe(401);
    expect(await statusOf(used)).toBe(200);
    place.clock.now += 4 * hourMs;
    expect(await statusOf(used)).toBe(401);
  });

  test('is one of a bounded number: the one that was used longest ago gives way', async () => {
    const served = await serveRoom();
    const first = await signIn(served);
    const second = await signIn(served);
    for (let more = 0; more < 49; more += 1) await signIn(served);
    expect(served.room.sessions.size).toBe(50);
    expect((await served.ask('/v1/session', { headers: first.headers })).status).toBe(401);
    expect((await served.ask('/v1/session', { headers: second.headers })).status).toBe(200);
  });

  test('is kept in such a way that its record opens nothing', async () => {
    const place = workshop();
    const { cookie, csrf } = await signIn(await serveRoom(place));
    const [record] = place.records.sessions();
    const kept = JSON.stringify(record) + Buffer.from(record?.hash ?? []).toString('base64url');
    for (const secret of [cookie, csrf, operatorToken]) expect(kept).not.toContain(secret);
  });

  test('is in the audit, with who, from where, and its end', async () => {
    const served = await serveRoom();
    const { headers } = await signIn(served);
    await served.ask('/v1/session', { method: 'DELETE', headers });
    expect(served.room.audit.read({ limit: 10 })).toMatchObject([
      { action: 'closeSession', actor: { name: 'anna', role: 'operator', by: 'session' }, from: '127.0.0.1' },
      { action: 'openSession', actor: { name: 'anna', role: 'operator', by: 'token' }, from: '127.0.0.1' },
    ]);
  });
});

describe('a code', () => {
  const codeOf = async (served: ServedRoom, token: string) =>
    served.ask('/v1/session/code', { method: 'POST', headers: { authorization: `Bearer ${token}` } });

  test('signs one browser in, once, as whoever asked for it', async () => {
    const served = await serveRoom();
    const made = await codeOf(served, viewerToken);
    expect(made.status).toBe(201);
    const { code } = made.json;
    const first = await served.ask('/v1/session', { body: { code } });
    expect([first.status, first.json]).toMatchObject([201, { name: 'wall', role: 'viewer' }]);
    const second = await served.ask('/v1/session', { body: { code } });
    expect(second.status).toBe(401);
    expect(second.json).toMatchObject({ detail: expect.stringContaining('used already, or is too old') });
  });

  test('is good for two minutes, and not once its token is over', async () => {
    const { clock, ...rest } = workshop();
    const served = await serveRoom({ clock, ...rest });
    const { code } = (await codeOf(served, operatorToken)).json;
    clock.now += 120_000;
    expect((await served.ask('/v1/session', { body: { code } })).status).toBe(401);
    expect(served.room.sessions.size).toBe(0);
  });

  test('that is guessed counts as a wrong token', async () => {
    const served = await serveRoom();
    let status = 0;
    for (let guess = 0; guess < 200 && status !== 429; guess += 1) {
      status = (await served.ask('/v1/session', { body: { code: `guess-number-${guess}-of-many` } })).status;
    }
    expect(status).toBe(429);
  });
});
