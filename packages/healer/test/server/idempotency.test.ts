import { expect, onTestFinished, test } from 'vitest';
import { answersInMemory } from '../../src/server/keyed-requests.ts';
import { keyedAnswerLimit } from '../../src/store/keyed-answers.ts';
import { openSqliteStore } from '../../src/store/sqlite-store.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { adminToken, serve } from './serve.ts';

const day = 24 * 60 * 60 * 1_000;

type Call = Awaited<ReturnType<typeof serve>>['call'];

function order(call: Call, path: string, body: unknown, key: string, token?: string) {
  return call(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify(body),
    ...(token === undefined ? {} : { token }),
  });
}

const announcement = (forMs: number) => ({
  resource: 'postgres/main',
  announcement: { type: 'maintenance-begin', forMs },
});

test('a command that is sent again with its key is carried out once and answered the same', async () => {
  const { engine, call } = await serve();
  const first = await order(call, '/v1/announcements', announcement(1_000), '"k-1"');
  const again = await order(call, '/v1/announcements', announcement(1_000), '"k-1"');
  expect([first.status, again.status]).toEqual([200, 200]);
  expect(await again.json()).toEqual(await first.json());
  expect(first.headers.get('idempotency-replayed')).toBe(null);
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  expect(engine.commands).toHaveLength(1);
});

test('without a key, or with another one, it is carried out each time', async () => {
  const { engine, call, post } = await serve();
  for (const key of ['k-1', 'k-2']) await order(call, '/v1/announcements', announcement(1_000), key);
  await post('/v1/announcements', announcement(1_000));
  expect(engine.commands).toHaveLength(3);
});

test('a refusal is answered again, too', async () => {
  const { engine, call } = await serve();
  engine.commandReceipt = { accepted: false, reason: 'too late' };
  const first = await order(call, '/v1/announcements', announcement(1_000), 'k-1');
  engine.commandReceipt = { accepted: true, note: 'done' };
  const again = await order(call, '/v1/announcements', announcement(1_000), 'k-1');
  expect([first.status, again.status]).toEqual([409, 409]);
  expect(await again.json()).toEqual(await first.json());
});

test.each([
  ['another body', '/v1/announcements', announcement(2_000)],
  ['another route', '/v1/pause', {}],
])('the same key with %s is refused', async (_, path, body) => {
  const { engine, call } = await serve();
  await order(call, '/v1/announcements', announcement(1_000), 'k-1');
  const response = await order(call, path, body, 'k-1');
  expect(response.status).toBe(422);
  expect(await response.json()).toMatchObject({ type: 'urn:prunella:problem:key-reused' });
  expect([engine.commands.length, engine.paused]).toEqual([1, null]);
});

test('keys belong to their sender', async () => {
  const { engine, call } = await serve();
  await order(call, '/v1/announcements', announcement(1_000), 'k-1');
  await order(call, '/v1/announcements', announcement(1_000), 'k-1', adminToken);
  expect(engine.commands).toHaveLength(2);
});

test('while the first is being carried out, the second is told to come again', async () => {
  const { engine, call } = await serve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const entered = Promise.withResolvers<void>();
  engine.command = async () => {
    entered.resolve();
    await promise;
    return { accepted: true, note: 'done' };
  };
  const first = order(call, '/v1/announcements', announcement(1_000), 'k-1');
  await entered.promise;
  const second = await order(call, '/v1/announcements', announcement(1_000), 'k-1');
  expect(second.status).toBe(409);
  expect(second.headers.get('retry-after')).toBe('1');
  expect(await second.json()).toMatchObject({ type: 'urn:prunella:problem:key-in-progress' });
  resolve();
  expect((await first).status).toBe(200);
});

test('what was not taken may be sent again under its key', async () => {
  const { engine, call } = await serve();
  engine.commandReceipt = { accepted: false, reason: 'too much waits', later: 'busy' };
  expect((await order(call, '/v1/announcements', announcement(1_000), 'k-1')).status).toBe(429);
  engine.command = async () => {
    throw new StoreError('store-full', 'the disk is full');
  };
  expect((await order(call, '/v1/announcements', announcement(1_000), 'k-1')).status).toBe(503);
  engine.command = async () => ({ accepted: true, note: 'done' });
  expect((await order(call, '/v1/announcements', announcement(1_000), 'k-1')).status).toBe(200);
});

test('what a crash interrupted is in doubt, and is not carried out a second time', async () => {
  const answers = answersInMemory();
  const before = await serve({ answers });
  // Never answered: the process ends meanwhile.
  before.engine.command = () => new Promise(() => {});
  const entered = Promise.withResolvers<void>();
  const put = answers.put.bind(answers);
  answers.put = (answer) => {
    put(answer);
    entered.resolve();
  };
  void order(before.call, '/v1/announcements', announcement(1_000), 'k-1').catch(() => {});
  await entered.promise;
  const after = await serve({ answers });
  const response = await order(after.call, '/v1/announcements', announcement(1_000), 'k-1');
  expect(response.status).toBe(409);
  expect(await response.json()).toMatchObject({ type: 'urn:prunella:problem:key-in-doubt' });
  expect(after.engine.commands).toEqual([]);
});

test.each(['""', 'a'.repeat(256), 'with "quotes"'])('the key %s is refused', async (key) => {
  const { engine, call } = await serve();
  const response = await order(call, '/v1/announcements', announcement(1_000), key);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ field: 'Idempotency-Key' });
  expect(engine.commands).toEqual([]);
});

test('answers outlive the process, for a day, and are bounded in number', async () => {
  const folder = await temporaryFolder();
  let now = 1_000_000;
  const open = async () => {
    const store = await openSqliteStore({ folder, now: () => now });
    onTestFinished(() => store.close());
    return store;
  };
  const before = await open();
  const kept = { key: 'k-1', at: now, fingerprint: 'f', answer: '{"body":1}' };
  before.answers.put({ ...kept, answer: null });
  expect(before.answers.find('k-1')).toEqual({ ...kept, answer: null });
  before.answers.put(kept);
  await before.close();
  const { answers } = await open();
  expect(answers.find('k-1')).toEqual(kept);
  now += day;
  expect(answers.find('k-1')).toEqual(kept);
  now += 1;
  expect(answers.find('k-1')).toBe(null);
  expect(keyedAnswerLimit).toBe(10_000);
});
