import { waitFor } from '@prunella/labs';
import { describe, expect, test } from 'vitest';
import { isBrokenToken, makeTokenText } from '../../src/access/token-text.ts';
import { adminToken, operatorToken, reporterToken } from '../server/serve.ts';
import {
  configured,
  type MadeToken,
  type ServedRoom,
  serveRoom,
  signIn,
  workshop,
} from './access-workshop.ts';

const dayMs = 24 * 60 * 60 * 1_000;

async function create({ post }: ServedRoom, wanted: object) {
  const response = await post('/v1/tokens', wanted, adminToken);
  const json = (await response.json()) as Record<string, never>;
  return { status: response.status, json, secret: String(json['secret']) };
}

/** Of what `create` answered. */
const idOf = ({ json }: { readonly json: unknown }) => (json as MadeToken).token.id;

const statusOf = async ({ call }: ServedRoom, path: string, token: string) =>
  (await call(path, { token })).status;

describe('the text of a token', () => {
  test('is one that a scanner for lost secrets finds, with a checksum', () => {
    const texts = Array.from({ length: 50 }, makeTokenText);
    expect(new Set(texts).size).toBe(50);
    for (const text of texts) {
      expect(text).toMatch(/^prunella_[0-9A-Za-z]{49}$/);
      expect(isBrokenToken(text)).toBe(false);
    }
  });

  test('that was cut off or mistyped is noticed, and one of another kind is left alone', () => {
    const text = makeTokenText();
    const swapped = text.replace(
      /^(prunella_)(.)/,
      (_all, head, first) => head + (first === 'A' ? 'B' : 'A'),
    );
    for (const broken of [text.slice(0, -1), `${text}x`, swapped, 'prunella_']) {
      expect(isBrokenToken(broken), broken).toBe(true);
    }
    expect(isBrokenToken('operator-secret')).toBe(false);
  });
});

describe('a token that an admin made', () => {
  test('is good at once for its role, and its secret is kept nowhere', async () => {
    const place = workshop();
    const served = await serveRoom(place);
    const { status, json, secret } = await create(served, { name: 'berta', role: 'viewer' });
    expect(status).toBe(201);
    expect(json).toMatchObject({
      token: { name: 'berta', role: 'viewer', state: 'good', createdBy: 'root', expiresAt: null },
    });
    expect(isBrokenToken(secret)).toBe(false);
    expect(await statusOf(served, '/v1/healer', secret)).toBe(200);
    expect(await statusOf(served, '/v1/tokens', secret)).toBe(403);
    const list = await (await served.call('/v1/tokens', { token: adminToken })).text();
    const kept = JSON.stringify([place.records.tokens(), place.records.audit({ limit: 100 })]);
    for (const text of [list, kept]) {
      expect(text).toContain('berta');
      expect(text).not.toContain(secret);
      expect(text).not.toContain(secret.slice(9, 30));
    }
  });

  test('outlives the healer', async () => {
    const place = workshop();
    const { secret } = await create(await serveRoom(place), { name: 'berta', role: 'viewer' });
    expect(await statusOf(await serveRoom(place), '/v1/healer', secret)).toBe(200);
  });

  test('ends when it was said to', async () => {
    const place = workshop();
    const served = await serveRoom(place);
    const { secret } = await create(served, { name: 'b', role: 'viewer', expiresInMs: 90 * dayMs });
    place.clock.now += 90 * dayMs - 1;
    expect(await statusOf(served, '/v1/healer', secret)).toBe(200);
    place.clock.now += 1;
    expect(await statusOf(served, '/v1/healer', secret)).toBe(401);
    expect(await (await served.call('/v1/tokens', { token: adminToken })).json()).toMatchObject({
      items: expect.arrayContaining([expect.objectContaining({ name: 'b', state: 'expired' })]),
    });
  });

  test('is revoked at once, by name or id, once', async () => {
    const served = await serveRoom();
    const { secret } = await create(served, { name: 'berta', role: 'viewer' });
    const revoked = await served.post('/v1/tokens/berta/revoke', {}, adminToken);
    expect(await revoked.json()).toMatchObject({ name: 'berta', state: 'revoked' });
    expect(await statusOf(served, '/v1/healer', secret)).toBe(401);
    expect((await served.post('/v1/tokens/berta/revoke', {}, adminToken)).status).toBe(409);
    expect((await served.post('/v1/tokens/nobody/revoke', {}, adminToken)).status).toBe(404);
    const again = await create(served, { name: 'berta', role: 'viewer' });
    expect(again.status).toBe(201);
  });

  test('is revoked by its name with the secret before, which a rotation left good for a while', async () => {
    const served = await serveRoom();
    const before = await create(served, { name: 'b', role: 'viewer' });
    const rotated = await served.post('/v1/tokens/b/rotate', {}, adminToken);
    const after = (await rotated.json()) as MadeToken;
    const revoked = await served.post('/v1/tokens/b/revoke', undefined, adminToken);
    expect(await revoked.json()).toMatchObject({ id: after.token.id, state: 'revoked' });
    for (const { secret } of [before, after]) expect(await statusOf(served, '/v1/healer', secret)).toBe(401);
    const entries = served.room.audit.read({ action: 'revokeToken', limit: 10 });
    expect(entries.map(({ target }) => target['token']).sort()).toEqual(
      [idOf(before), after.token.id].sort(),
    );
  });

  test('is revoked by its id alone, and the other secret of its name stays good', async () => {
    const served = await serveRoom();
    const before = await create(served, { name: 'b', role: 'viewer' });
    const after = (await (await served.post('/v1/tokens/b/rotate', {}, adminToken)).json()) as MadeToken;
    await served.post(`/v1/tokens/${idOf(before)}/revoke`, undefined, adminToken);
    expect(await statusOf(served, '/v1/healer', before.secret)).toBe(401);
    expect(await statusOf(served, '/v1/healer', after.secret)).toBe(200);
  });

  test('is rotated: both are good for a while, then the new one alone', async () => {
    const place = workshop();
    const served = await serveRoom(place);
    const first = await create(served, { name: 'shop', role: 'reporter', services: ['shop'] });
    const response = await served.post('/v1/tokens/shop/rotate', { overlapMs: dayMs }, adminToken);
    const rotated = (await response.json()) as MadeToken;
    expect(response.status).toBe(201);
    expect(rotated).toMatchObject({
      token: { name: 'shop', role: 'reporter', services: ['shop'], expiresAt: null },
      former: { name: 'shop', expiresAt: place.clock.now + dayMs },
    });
    const path = '/v1/directives?instance=shop/h/1&waitMs=0';
    expect(await statusOf(served, path, first.secret)).toBe(200);
    expect(await statusOf(served, path, rotated.secret)).toBe(200);
    place.clock.now += dayMs;
    expect(await statusOf(served, path, first.secret)).toBe(401);
    expect(await statusOf(served, path, rotated.secret)).toBe(200);
  });

  test('says when it was last used, without a write at every use', async () => {
    const place = workshop();
    const served = await serveRoom(place);
    const { secret } = await create(served, { name: 'berta', role: 'viewer' });
    const writes: unknown[] = [];
    const write = place.records.write;
    place.records.write = (change) => {
      writes.push(change);
      write(change);
    };
    place.clock.now += 5_000;
    for (let uses = 0; uses < 20; uses += 1) await statusOf(served, '/v1/healer', secret);
    const { items } = (await (await served.call('/v1/tokens', { token: adminToken })).json()) as {
      items: { name: string; lastUsedAt: number | null }[];
    };
    expect(items.find(({ name }) => name === 'berta')?.lastUsedAt).toBe(place.clock.now);
    expect(writes).toEqual([]);
    served.room.close();
    expect(place.records.tokens()[0]?.lastUsedAt).toBe(place.clock.now);
  });

  test.each([
    ['a name that is taken', { name: 'berta', role: 'viewer' }, 409],
    ['a name that the configuration has', { name: 'anna', role: 'viewer' }, 409],
    ['a role that there is not', { name: 'x', role: 'root' }, 400],
    ['no name', { name: '', role: 'viewer' }, 400],
    ['a name with a line break', { name: 'x\r\nset-cookie: a=b', role: 'viewer' }, 400],
    ['a person bound to services', { name: 'x', role: 'viewer', services: ['shop'] }, 400],
    ['an end that has passed', { name: 'x', role: 'viewer', expiresInMs: -1 }, 400],
    ['a word too many', { name: 'x', role: 'viewer', expires: '90d' }, 400],
  ])('is refused with %s', async (_what, wanted, status) => {
    const served = await serveRoom();
    await create(served, { name: 'berta', role: 'viewer' });
    expect((await create(served, wanted)).status).toBe(status);
    expect(served.room.tokens.list()).toHaveLength(1);
  });

  test('that was cut off is told apart from one that nobody knows', async () => {
    const { ask } = await serveRoom();
    const detailOf = async (token: string) =>
      String((await ask('/v1/healer', { headers: { authorization: `Bearer ${token}` } })).json['detail']);
    expect(await detailOf(makeTokenText().slice(0, -3))).toContain('cut off or mistyped');
    expect(await detailOf(makeTokenText())).toContain('knows no such token');
  });

  test('is one of a thousand', async () => {
    const { room } = await serveRoom();
    for (let made = 0; made < 1_000; made += 1) {
      room.tokens.create({ name: `n${made}`, role: 'viewer' }, 'test', () => []);
    }
    expect(() => room.tokens.create({ name: 'more', role: 'viewer' }, 'test', () => [])).toThrow(
      '1000 tokens',
    );
  });
});

describe('a stream', () => {
  /** Resolves when the server ends it. */
  async function follow({ call }: ServedRoom, headers: Record<string, string>) {
    const response = await call('/v1/log/stream', { token: '', headers });
    const reader = response.body?.getReader();
    await reader?.read();
    const ended = (async () => {
      for (;;) {
        const part = await reader?.read().catch(() => null);
        if (part == null || part.done) return true;
      }
    })();
    return { status: response.status, ended };
  }

  test('ends with the token that opened it, at once, and others go on', async () => {
    const served = await serveRoom();
    const made = (name: string) => create(served, { name, role: 'viewer' });
    const [one, two] = [await made('one'), await made('two')];
    const first = await follow(served, { authorization: `Bearer ${one.secret}` });
    const second = await follow(served, { authorization: `Bearer ${two.secret}` });
    await served.post('/v1/tokens/one/revoke', {}, adminToken);
    expect(await first.ended).toBe(true);
    let isOver = false;
    void second.ended.then(() => {
      isOver = true;
    });
    await served.call('/v1/healer');
    expect(isOver).toBe(false);
    await served.post('/v1/tokens/two/revoke', {}, adminToken);
    expect(await second.ended).toBe(true);
  });

  test('ends with the session that opened it', async () => {
    const served = await serveRoom();
    const { headers } = await signIn(served);
    const stream = await follow(served, { cookie: headers.cookie });
    expect(stream.status).toBe(200);
    await served.ask('/v1/session', { method: 'DELETE', headers });
    expect(await stream.ended).toBe(true);
  });
});

describe('an application’s token', () => {
  const report = (service: string, resource: string, instance = `${service}/app1/1`) => ({
    protocol: 1,
    service,
    host: 'app1',
    instance,
    epoch: 'e',
    sequence: 1,
    heartbeatMs: 5_000,
    conditions: [{ resource, condition: 'ok', sinceMs: 1, successes: 1, faults: {} }],
  });

  async function bound() {
    const served = await serveRoom();
    const wanted = {
      name: 'shop',
      role: 'reporter',
      services: ['shop', 'shop-*'],
      resources: ['postgres/*', 'redis/cache'],
    };
    const { secret } = await create(served, wanted);
    return { ...served, secret };
  }

  test('bound to services and resources reports for these, and is told of all others', async () => {
    const { engine, post, secret } = await bound();
    const reports = [
      report('shop', 'postgres/main'),
      report('shop-eu', 'redis/cache'),
      report('billing', 'postgres/main'),
      report('shop', 'redis/sessions'),
      report('shop', 'postgres/main', 'billing/app1/1'),
    ];
    const response = await post('/v1/reports', { reports }, secret);
    expect(response.status).toBe(202);
    const reason = (text: string) => expect.stringContaining(text);
    expect(await response.json()).toEqual({
      accepted: 2,
      refused: [
        { instance: 'billing/app1/1', code: 'not-allowed', reason: reason('not for billing') },
        { instance: 'shop/app1/1', code: 'not-allowed', reason: reason('not for redis/sessions') },
        { instance: 'billing/app1/1', code: 'not-allowed', reason: reason('service/host/process') },
      ],
    });
    expect(engine.reports.map(({ service }) => service)).toEqual(['shop', 'shop-eu']);
  });

  test('bound to a service takes no instance of one whose name only begins like it', async () => {
    const served = await serveRoom();
    const { secret } = await create(served, { name: 'team', role: 'reporter', services: ['team'] });
    const reports = [report('team', 'a/b', 'team/shop/web1/7'), report('team', 'a/b', 'team/web1/7')];
    const answer = await (await served.post('/v1/reports', { reports }, secret)).json();
    expect(answer).toMatchObject({ accepted: 1, refused: [{ instance: 'team/shop/web1/7' }] });
    const path = '/v1/directives?waitMs=0&instance=';
    expect(await statusOf(served, `${path}team/web1/7`, secret)).toBe(200);
    expect(await statusOf(served, `${path}team/shop/web1/7`, secret)).toBe(403);
    const { secret: nested } = await create(served, { name: 'n', role: 'reporter', services: ['team/shop'] });
    expect(await statusOf(served, `${path}team/shop/web1/7`, nested)).toBe(200);
    expect(await statusOf(served, `${path}team/web1/7`, nested)).toBe(403);
  });

  test('bound to resources hears no directive of another', async () => {
    const served = await serveRoom();
    const { secret } = await create(served, { name: 'cache', role: 'reporter', resources: ['redis/*'] });
    const directive = (resource: string) =>
      ({ directive: 'probe', resource, incident: 'i', sequence: 1, spreadMs: 0 }) as const;
    const heard = served.call('/v1/directives?instance=shop/web1/7&waitMs=20000', { token: secret });
    await waitFor(() => served.engine.pollsOpen === 1, { what: 'the poll to be open' });
    served.engine.direct({ cursor: 'k.2', directives: [directive('postgres/main'), directive('redis/a')] });
    expect(await (await heard).json()).toEqual({ cursor: 'k.2', directives: [directive('redis/a')] });
  });

  test('hears directives and gives signals of its own alone', async () => {
    const served = await bound();
    const path = '/v1/directives?waitMs=0&instance=';
    expect(await statusOf(served, `${path}shop/app1/1`, served.secret)).toBe(200);
    expect(await statusOf(served, `${path}billing/app1/1`, served.secret)).toBe(403);
    const signal = { id: '1', source: 's', type: 't', status: 'firing', summary: 'x' };
    const give = async (resource: string) =>
      (await served.post('/v1/signals', { ...signal, resource }, served.secret)).status;
    expect(await give('postgres/main')).toBe(202);
    expect(await give('mysql/main')).toBe(422);
    expect(served.engine.signals.map(({ resource }) => resource)).toEqual(['postgres/main']);
  });

  test.each(['process.exit', 'monitor.http'])(
    'sends no signal of type %s, which the healer raises itself, unless it was made for that',
    async (type) => {
      const served = await bound();
      const signal = { id: '1', source: 's', type, status: 'firing', summary: 'x', resource: 'redis/cache' };
      for (const token of [served.secret, reporterToken, operatorToken, adminToken]) {
        const refused = await served.post('/v1/signals', signal, token);
        const { detail } = (await refused.json()) as { detail: string };
        expect([refused.status, detail]).toEqual([403, expect.stringContaining(`--signals ${type}`)]);
      }
      expect(served.engine.signals).toEqual([]);
      const wanted = { name: 'runner', role: 'reporter', resources: ['redis/*'], signals: [type] };
      const { secret } = await create(served, wanted);
      expect((await served.post('/v1/signals', signal, secret)).status).toBe(202);
      const elsewhere = { ...signal, resource: 'postgres/main' };
      expect((await served.post('/v1/signals', elsewhere, secret)).status).toBe(422);
    },
  );

  test('that may raise the healer’s own signals may after a rotation, too, and no other role may be', async () => {
    const served = await serveRoom();
    await create(served, { name: 'runner', role: 'reporter', signals: ['process.exit'] });
    const { secret } = (await (
      await served.post('/v1/tokens/runner/rotate', {}, adminToken)
    ).json()) as MadeToken;
    const exit = { id: '1', source: 's', type: 'process.exit', status: 'firing', summary: 'x' };
    expect((await served.post('/v1/signals', { ...exit, resource: 'a/b' }, secret)).status).toBe(202);
    for (const wanted of [
      { role: 'operator', signals: ['process.exit'] },
      { role: 'reporter', signals: ['person.report'] },
      { role: 'reporter', signals: ['*'] },
    ]) {
      const made = await served.post('/v1/tokens', { name: 'b', ...wanted }, adminToken);
      expect(made.status, JSON.stringify(wanted)).toBe(400);
    }
  });

  test('that is not bound goes on as before', async () => {
    const { engine, post } = await serveRoom();
    await post('/v1/reports', { reports: [report('any', 'any/thing')] }, reporterToken);
    expect(engine.reports).toHaveLength(1);
  });

  test.each([
    ['shop', ['shop'], true],
    ['shop', ['sho'], false],
    ['shop', ['*'], true],
    ['shop-eu-1', ['shop-*-1'], true],
    ['shop-1', ['shop-*-1'], false],
    ['aXbXc', ['a*b*c'], true],
    ['ab', ['a*ab'], false],
    ['a'.repeat(200), [`${'a*'.repeat(90)}b`], false],
    ['shop', [], false],
  ])('%s is spoken for by %j: %j', async (service, services, isAllowed) => {
    const { reportProblem } = await import('../../src/access/binding.ts');
    const problem = reportProblem(
      { name: 'x', role: 'reporter', by: 'token', services, resources: null },
      report(service, 'postgres/main') as Parameters<typeof reportProblem>[1],
    );
    expect(problem === null).toBe(isAllowed);
  });
});

describe('the first admin', () => {
  test('is made where there has never been one, and only then', async () => {
    const { makeFirstAdmin } = await import('../../src/access/first-admin.ts');
    const place = workshop();
    const withoutAdmin = configured.filter(({ role }) => role !== 'admin');
    const first = await serveRoom(place, { configured: withoutAdmin });
    const secret = makeFirstAdmin(first.room) ?? '';
    expect(await statusOf(first, '/v1/tokens', secret)).toBe(200);
    expect(await statusOf(first, '/v1/tokens', operatorToken)).toBe(403);
    expect(makeFirstAdmin(first.room)).toBe(null);
    await first.post('/v1/tokens/first-admin/revoke', {}, secret);
    expect(makeFirstAdmin((await serveRoom(place, { configured: withoutAdmin })).room)).toBe(null);
    expect(makeFirstAdmin((await serveRoom()).room), 'an admin of the configuration is one').toBe(null);
  });
});
