import { type FaultError, memoryCache } from '@prunella/guard';
import { readMany } from '@prunella/guard/reads';
import { describe, expect, test } from 'vitest';
import { faultOf, guarded } from './guarded.ts';
import { settled } from './manual-clock.ts';
import type { StandInHandle } from './stand-in-adapter.ts';

/** A table of numbers, and what each load was asked for. */
function table(rows: Record<string, number>, options: Parameters<typeof guarded>[0] = {}) {
  const parts = guarded(options);
  const asked: string[][] = [];
  const load = async (handle: StandInHandle, keys: readonly string[]) => {
    asked.push([...keys]);
    await handle.ask();
    return new Map(Object.entries(rows).filter(([key]) => keys.includes(key)));
  };
  const read = (keys: string[], more: object = {}) => readMany(parts.guard, { keys, load, ...more });
  return { ...parts, asked, read, rows };
}

const fresh = { ok: true, cacheOnly: false, ageMs: 0, reason: null };

describe('readMany', () => {
  test('makes one load, and answers each key in the order asked for; what is not there is null', async () => {
    const { read, asked } = table({ a: 1, b: 2 });
    const answers = await read(['b', 'none', 'a', 'b']);
    expect([...answers]).toEqual([
      ['b', { ...fresh, value: 2 }],
      ['none', { ...fresh, value: null }],
      ['a', { ...fresh, value: 1 }],
    ]);
    expect(asked).toEqual([['b', 'none', 'a']]);
    expect((await read([])).size).toBe(0);
    expect(asked.length).toBe(1);
  });

  test('answers each key from its copy while the resource fails, or with the fault', async () => {
    const { read, adapter, clock, asked } = table({ a: 1, b: 2 });
    await read(['a']);
    await clock.advance(5_000);
    await read(['b', 'none']);
    adapter.serves = 'unreachable';
    await clock.advance(1_000);
    const answers = await read(['a', 'b', 'none', 'c']);
    expect(answers.get('a')).toMatchObject({ ok: true, value: 1, cacheOnly: true, ageMs: 6_000 });
    expect(answers.get('b')).toMatchObject({
      ok: true,
      value: 2,
      ageMs: 1_000,
      reason: { kind: 'unreachable' },
    });
    expect(answers.get('none')).toMatchObject({ ok: true, value: null, cacheOnly: true });
    expect(answers.get('c')).toMatchObject({ ok: false, fault: { code: 'PRUNELLA_FAULT' } });
    expect(asked.length).toBe(3);
    const limited = await read(['a', 'b'], { maxStaleMs: 2_000 });
    expect(limited.get('a')).toMatchObject({ ok: false, fault: { code: 'PRUNELLA_STALE' } });
    expect(limited.get('b')).toMatchObject({ ok: true, value: 2 });
  });

  test('refuses keys that are none, and options that it does not know', async () => {
    const { read, asked } = table({ a: 1 });
    for (const key of ['', 'x'.repeat(1_001), 7 as never]) {
      await expect(read(['a', key])).rejects.toMatchObject({ option: 'keys' });
    }
    await expect(read(['a'], { maxStale: 5 })).rejects.toMatchObject({ option: 'maxStale' });
    expect(asked).toEqual([]);
  });

  test('merges each with its own copy, and shows where that failed', async () => {
    const cache = memoryCache();
    await cache.set('a', { value: 9, storedAt: 1, pending: false });
    await cache.set('b', { value: -1, storedAt: 1, pending: false });
    const { read } = table({ a: 1, b: 2, c: 3 }, { cache });
    const merge = (now: number, cached: number) => {
      if (cached < 0) throw new Error('conflict');
      return Math.max(now, cached);
    };
    const answers = await read(['a', 'b', 'c'], { merge });
    expect([...answers.values()].map((answer) => answer.ok && answer.value)).toEqual([9, 2, 3]);
    expect(answers.get('b')).toMatchObject({ unmerged: new Error('conflict') });
  });

  test('asks only for keys that no other read is loading, and lets others join', async () => {
    const { guard, read, asked } = table({ a: 1, b: 2 });
    const { promise, resolve } = Promise.withResolvers<number>();
    const single = guard.read({ key: 'a', load: () => promise });
    const many = read(['a', 'b']);
    let loads = 0;
    const joining = guard.read({ key: 'b', load: () => ++loads });
    await settled();
    resolve(7);
    expect((await many).get('a')).toMatchObject({ value: 7 });
    expect((await single).value).toBe(7);
    expect((await joining).value).toBe(2);
    expect([asked, loads]).toEqual([[['b']], 0]);
  });

  test('throws the caller’s own mistakes', async () => {
    const { guard, read } = table({});
    const noMap = { keys: ['a'], load: () => ({ a: 1 }) as unknown as Map<string, number> };
    const fault: FaultError = await faultOf(readMany(guard, noMap));
    expect(fault).toMatchObject({ kind: 'caller', cause: { message: expect.stringContaining('no Map') } });
    for (const wrong of [{ keys: 'a' }, { keys: [1] }, { keys: ['a'], maxStaleMs: -1 }]) {
      await expect(read(['a'], wrong)).rejects.toMatchObject({ code: 'PRUNELLA_OPTION' });
    }
    await guard.detach();
    expect((await faultOf(read(['a']))).code).toBe('PRUNELLA_DETACHED');
  });
});
