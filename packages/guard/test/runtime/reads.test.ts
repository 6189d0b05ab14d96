import { type Cache, type CachedValue, memoryCache } from '@prunella/guard';
import { describe, expect, test } from 'vitest';
import { faultOf, guarded } from './guarded.ts';
import { settled } from './manual-clock.ts';
import type { StandInHandle } from './stand-in-adapter.ts';

interface Monitor {
  readonly name: string;
  readonly failcount: number;
}

const load = (failcount: number) => async (handle: StandInHandle) => {
  await handle.ask();
  return { name: 'web', failcount };
};
const highest = (fresh: Monitor, cached: Monitor) =>
  cached.failcount > fresh.failcount ? { ...fresh, failcount: cached.failcount } : fresh;

describe('read', () => {
  test('answers fresh and writes through; on a fault answers the copy with its age and the reason', async () => {
    const { guard, adapter, clock } = guarded();
    expect(await guard.read({ key: 'monitor:1', load: load(2) })).toEqual({
      value: { name: 'web', failcount: 2 },
      cacheOnly: false,
      ageMs: 0,
      reason: null,
    });
    await clock.advance(7_000);
    adapter.serves = 'unreachable';
    const degraded = await guard.read({ key: 'monitor:1', load: load(9) });
    expect(degraded).toMatchObject({
      value: { name: 'web', failcount: 2 },
      cacheOnly: true,
      ageMs: 7_000,
      reason: { kind: 'unreachable', code: 'PRUNELLA_FAULT' },
    });
  });

  test('the highest fail count wins, in the answer and in the copy', async () => {
    const cache = memoryCache();
    const { guard } = guarded({ cache });
    await cache.set('monitor:1', { value: { name: 'web', failcount: 5 }, storedAt: 1, pending: false });
    const answer = await guard.read({ key: 'monitor:1', load: load(3), merge: highest });
    expect(answer.value.failcount).toBe(5);
    await settled();
    expect(await cache.get('monitor:1')).toMatchObject({ value: { failcount: 5 } });
  });

  test('throws the fault where nothing is cached', async () => {
    const { guard, adapter } = guarded();
    adapter.serves = 'unreachable';
    expect((await faultOf(guard.read({ key: 'monitor:1', load: load(1) }))).kind).toBe('unreachable');
  });

  test('throws the caller’s own mistake, cached or not', async () => {
    const { guard } = guarded();
    await guard.read({ key: 'monitor:1', load: load(1) });
    const broken = guard.read({
      key: 'monitor:1',
      load: () => {
        throw new TypeError('x is not a function');
      },
    });
    expect((await faultOf(broken)).kind).toBe('caller');
  });

  test('never writes a degraded answer back, so that its age goes on', async () => {
    const { guard, adapter, clock } = guarded();
    await guard.read({ key: 'monitor:1', load: load(1) });
    adapter.serves = 'unreachable';
    await clock.advance(1_000);
    await guard.read({ key: 'monitor:1', load: load(1) });
    await clock.advance(1_000);
    expect((await guard.read({ key: 'monitor:1', load: load(1) })).ageMs).toBe(2_000);
  });

  test('a clock set back gives no negative age', async () => {
    const { guard, adapter, clock } = guarded();
    await guard.read({ key: 'monitor:1', load: load(1) });
    clock.setWall(-3_600_000);
    adapter.serves = 'unreachable';
    expect((await guard.read({ key: 'monitor:1', load: load(1) })).ageMs).toBe(0);
  });

  test.each([
    ['undefined', () => undefined],
    ['a promise', async () => Promise.reject(new Error('late'))],
  ])('a merge that answers %s has failed, and the copy is left alone', async (_, merge) => {
    const cache = memoryCache();
    const { guard } = guarded({ cache });
    await cache.set('monitor:1', { value: { failcount: 5 }, storedAt: 1, pending: false });
    const seen: string[] = [];
    guard.on('cache', ({ doing }) => seen.push(doing));
    const answer = await guard.read<unknown>({ key: 'monitor:1', load: load(3), merge });
    expect(answer).toMatchObject({ value: { failcount: 3 }, unmerged: expect.any(TypeError) });
    await settled();
    expect(seen).toEqual(['merge']);
    expect(await cache.get('monitor:1')).toMatchObject({ value: { failcount: 5 } });
  });

  test.each([
    ['key', {}],
    ['key', { key: '' }],
    ['key', { key: 7 }],
    ['key', { key: 'x'.repeat(1_001) }],
    ['maxStale', { key: 'monitor:1', maxStale: 5 }],
  ])('refuses a wrong %s before it loads: %j', async (option, request) => {
    const { guard } = guarded();
    let loads = 0;
    const wrong = { ...request, load: () => loads++ } as never;
    await expect(guard.read(wrong)).rejects.toMatchObject({ code: 'PRUNELLA_OPTION', option });
    expect(loads).toBe(0);
  });

  test('a merge that throws is seen, and the copy left alone', async () => {
    const cache = memoryCache();
    const { guard } = guarded({ cache });
    await cache.set('monitor:1', { value: { name: 'web', failcount: 5 }, storedAt: 1, pending: false });
    const seen: string[] = [];
    guard.on('cache', ({ doing }) => seen.push(doing));
    const answer = await guard.read({
      key: 'monitor:1',
      load: load(3),
      merge: () => {
        throw new Error('conflict');
      },
    });
    expect(answer).toMatchObject({
      value: { failcount: 3 },
      cacheOnly: false,
      unmerged: new Error('conflict'),
    });
    expect(seen).toEqual(['merge']);
    expect(await cache.get('monitor:1')).toMatchObject({ value: { failcount: 5 }, storedAt: 1 });
  });
});

describe('a cache that is no good', () => {
  class StandInCache implements Cache {
    sets: [string, CachedValue][] = [];
    answer: () => Promise<CachedValue | undefined>;

    constructor(answer: () => Promise<CachedValue | undefined>) {
      this.answer = answer;
    }

    get(): Promise<CachedValue | undefined> {
      return this.answer();
    }

    async set(key: string, entry: CachedValue): Promise<void> {
      this.sets.push([key, entry]);
    }
  }

  test('that never answers delays a merged read by its own deadline only, and is not overwritten', async () => {
    const cache = new StandInCache(() => new Promise(() => {}));
    const { guard, clock } = guarded({ cache, cacheDeadlineMs: 200 });
    const read = guard.read({ key: 'monitor:1', load: load(3), merge: highest });
    await clock.advance(210);
    expect(await read).toMatchObject({
      value: { failcount: 3 },
      unmerged: new Error('the cache did not answer'),
    });
    expect(cache.sets).toEqual([]);
  });

  test('that never answers holds a key up once, not once for each read', async () => {
    const cache = new StandInCache(() => new Promise(() => {}));
    const { guard, clock } = guarded({ cache });
    let answered = 0;
    const read = () => guard.read({ key: 'monitor:1', load: load(1), merge: highest });
    for (let count = 0; count < 20; count++) read().then(() => answered++);
    await clock.advance(1_010);
    expect(answered).toBe(20);
  });

  test('that throws is an event, and the fault is thrown', async () => {
    const cache = new StandInCache(() => {
      throw new Error('cache is away');
    });
    const { guard, adapter } = guarded({ cache });
    const seen: unknown[] = [];
    guard.on('cache', ({ error }) => seen.push(error));
    adapter.serves = 'unreachable';
    await faultOf(guard.read({ key: 'monitor:1', load: load(3) }));
    expect(seen).toEqual([new Error('cache is away')]);
  });

  test('that holds garbage holds nothing', async () => {
    for (const garbage of ['{"v":2}', '[]', '7', '"x"', '{"value":1,"storedAt":"now"}', '{"storedAt":1}']) {
      const cache = new StandInCache(async () => JSON.parse(garbage));
      const { guard, adapter } = guarded({ cache });
      const seen: string[] = [];
      guard.on('cache', ({ doing }) => seen.push(doing));
      adapter.serves = 'unreachable';
      const fault = await faultOf(guard.read({ key: 'monitor:1', load: load(3) }));
      expect([garbage, fault.kind, seen]).toEqual([garbage, 'unreachable', ['get']]);
    }
  });
});

describe('the cache in memory', () => {
  const entry = (value: unknown): CachedValue => ({ value, storedAt: 1, pending: false });

  test('drops what was used longest ago', async () => {
    const cache = memoryCache({ maximumEntries: 2 });
    await cache.set('a', entry(1));
    await cache.set('b', entry(2));
    await cache.get('a');
    await cache.set('c', entry(3));
    expect([await cache.get('a'), await cache.get('b'), await cache.get('c')]).toEqual([
      entry(1),
      undefined,
      entry(3),
    ]);
  });

  test('stays within its bytes, and does not keep what alone is too large', async () => {
    const cache = memoryCache({ maximumBytes: 100 });
    await cache.set('a', entry('x'.repeat(30)));
    await cache.set('b', entry('y'.repeat(30)));
    expect(await cache.get('a')).toBeUndefined();
    expect(await cache.get('b')).toEqual(entry('y'.repeat(30)));
    await cache.set('b', entry('z'.repeat(100)));
    expect(await cache.get('b')).toBeUndefined();
  });

  test('hands out copies', async () => {
    const cache = memoryCache();
    const value = { count: 1 };
    await cache.set('a', entry(value));
    value.count = 2;
    expect((await cache.get('a'))?.value).toEqual({ count: 1 });
  });
});
