import { describe, expect, test } from 'vitest';
import { StoreError } from '../../src/store/store-error.ts';
import { incident } from '../server/asking-incident.ts';
import { adminToken, operatorToken, reporterToken, viewerToken } from '../server/serve.ts';
import { type MadeToken, serveRoom, signIn, workshop } from './access-workshop.ts';

describe('the audit', () => {
  test('has who ordered what, when, from where, and what became of it', async () => {
    const place = workshop();
    const { engine, post, room } = await serveRoom(place);
    engine.incidentViews = [incident];
    await post('/v1/attempts/a-1/approve', { by: 'berta' });
    engine.commandReceipt = { accepted: false, reason: 'the approval has expired' };
    await post('/v1/attempts/a-1/reject', { reason: 'failover runs' });
    await post('/v1/attempts/a-9/approve');
    await post('/v1/pause', { reason: 'deploy' });
    const base = { at: place.clock.now, from: '127.0.0.1' };
    const actor = { name: 'anna', role: 'operator', by: 'token', token: 'configured:anna' };
    expect(room.audit.read({ limit: 10 })).toMatchObject([
      {
        ...base,
        sequence: 4,
        actor,
        action: 'pauseAll',
        target: {},
        request: { reason: 'deploy' },
        result: 'done',
      },
      {
        ...base,
        actor,
        action: 'approveAttempt',
        target: { attempt: 'a-9' },
        result: 'refused',
        status: 404,
      },
      {
        ...base,
        actor,
        action: 'rejectAttempt',
        target: { attempt: 'a-1' },
        result: 'refused',
        status: 409,
        detail: 'the approval has expired',
      },
      {
        ...base,
        sequence: 1,
        actor: { ...actor, person: 'berta' },
        action: 'approveAttempt',
        target: { attempt: 'a-1' },
        result: 'done',
        status: 200,
        detail: 'done',
      },
    ]);
  });

  test('has what was not allowed, and what came from another site', async () => {
    const served = await serveRoom();
    await served.post('/v1/pause', {}, viewerToken);
    await served.post('/v1/tokens', { name: 'me', role: 'admin' }, operatorToken);
    const { cookie } = await signIn(served);
    await served.ask('/v1/pause', { method: 'POST', headers: { cookie: `prunella_session=${cookie}` } });
    const [forged, , token, pause] = served.room.audit.read({ limit: 10 });
    expect(forged).toMatchObject({ action: 'pauseAll', actor: { name: 'anna', by: 'session' }, status: 403 });
    expect(token).toMatchObject({ action: 'createToken', actor: { name: 'anna' }, result: 'refused' });
    expect(pause).toMatchObject({
      action: 'pauseAll',
      actor: { name: 'wall' },
      result: 'refused',
      status: 403,
    });
  });

  test('has each action on each token, once, and no secret', async () => {
    const served = await serveRoom();
    const wanted = { name: 'b', role: 'viewer' };
    const made = (await (await served.post('/v1/tokens', wanted, adminToken)).json()) as MadeToken;
    const rotated = await served.post('/v1/tokens/b/rotate', {}, adminToken);
    const again = (await rotated.json()) as MadeToken;
    await served.post('/v1/tokens/b/revoke', {}, adminToken);
    await served.post('/v1/tokens/none/revoke', {}, adminToken);
    const entries = served.room.audit.read({ limit: 10 });
    expect(entries.map(({ action, result }) => `${action} ${result}`)).toEqual([
      'revokeToken refused',
      'revokeToken done',
      'revokeToken done',
      'rotateToken done',
      'createToken done',
    ]);
    expect(entries.at(-1)).toMatchObject({
      target: { name: 'b', token: made.token.id },
      actor: { name: 'root' },
    });
    for (const secret of [made.secret, again.secret, adminToken]) {
      expect(JSON.stringify(entries)).not.toContain(secret);
    }
  });

  test('has neither views nor what applications send', async () => {
    const { call, post, room } = await serveRoom();
    await call('/v1/healer');
    await post('/v1/reports', { reports: [] }, reporterToken);
    await call('/v1/healer', { token: 'wrong' });
    expect(room.audit.read({ limit: 10 })).toEqual([]);
  });

  test('is not filled by somebody who asks for what is not theirs again and again', async () => {
    const place = workshop();
    const { post, room, call } = await serveRoom(place);
    const statuses: number[] = [];
    for (let times = 0; times < 30; times += 1) {
      statuses.push((await post('/v1/pause', {}, viewerToken)).status);
    }
    expect(new Set(statuses)).toEqual(new Set([403, 429]));
    expect(room.audit.read({ limit: 100 })).toHaveLength(20);
    expect((await call('/v1/healer', { token: viewerToken })).status, 'views go on').toBe(200);
    expect((await post('/v1/pause', {}, operatorToken)).status, 'and others order').toBe(200);
    place.clock.now += 60_000;
    expect((await post('/v1/pause', {}, viewerToken)).status).toBe(403);
  });

  test('cuts off what is long', async () => {
    const { post, room } = await serveRoom();
    await post('/v1/announcements', {
      resource: 'r/x',
      announcement: { type: 'maintenance-begin', forMs: 1_000, reason: 'x'.repeat(1_000) },
    });
    await post('/v1/attempts/a/reject', { reason: 'y'.repeat(1_000), by: 'z'.repeat(200) });
    for (const entry of room.audit.read({ limit: 10 }))
      expect(JSON.stringify(entry).length).toBeLessThan(4_000);
  });

  test('that cannot be written does not undo what was done, and is told', async () => {
    const place = workshop();
    const faults: unknown[] = [];
    const served = await serveRoom(place);
    const write = place.records.write;
    place.records.write = () => {
      throw new StoreError('store-full', 'the disk is full');
    };
    const other = await serveRoom(place, {}, { onFailure: (error) => faults.push(error) });
    expect((await other.post('/v1/pause', {})).status).toBe(200);
    expect(other.engine.paused).toMatchObject({ by: 'anna' });
    expect(faults).toMatchObject([{ code: 'store-full' }]);
    expect((await other.post('/v1/tokens', { name: 'b', role: 'viewer' }, adminToken)).status).toBe(503);
    place.records.write = write;
    expect(served.room.tokens.list()).toEqual([]);
  });

  test('is read by admins, page by page, while new entries come', async () => {
    const { post, call } = await serveRoom();
    for (let times = 1; times <= 5; times += 1) await post('/v1/pause', { reason: `${times}` });
    const read = async (query: string) => {
      const response = await call(`/v1/audit?${query}`, { token: adminToken });
      return (await response.json()) as { items: { request: { reason?: string } }[]; next?: string };
    };
    const first = await read('limit=2');
    expect(first.items.map(({ request }) => request.reason)).toEqual(['5', '4']);
    await post('/v1/resume', {});
    const second = await read(`limit=2&cursor=${first.next}`);
    expect(second.items.map(({ request }) => request.reason)).toEqual(['3', '2']);
    const third = await read(`limit=2&cursor=${second.next}`);
    expect(third).toMatchObject({ items: [{ sequence: 1 }] });
    expect(third.next).toBeUndefined();
    expect((await read('action=resumeAll')).items).toHaveLength(1);
    expect((await read('actor=nobody')).items).toEqual([]);
    expect((await call('/v1/audit?cursor=x', { token: adminToken })).status).toBe(400);
    for (const token of [viewerToken, operatorToken, reporterToken]) {
      expect((await call('/v1/audit', { token })).status).toBe(403);
    }
  });
});
