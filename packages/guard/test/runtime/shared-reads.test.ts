import { memoryCache } from '@prunella/guard';
import { describe, expect, test } from 'vitest';
import { faultOf, guarded } from './guarded.ts';
import { settled } from './manual-clock.ts';

/** Reads whose loads end when the test says so. */
function slowLoads(options: Parameters<typeof guarded>[0] = {}) {
  const parts = guarded(options);
  const loads: PromiseWithResolvers<number>[] = [];
  const load = () => {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    loads.push({ promise, resolve, reject });
    return promise;
  };
  return { ...parts, loads, load };
}

describe('reads of one key that are under way together', () => {
  test('share one load', async () => {
    const { guard, loads, load } = slowLoads();
    const reads = Promise.all(Array.from({ length: 50 }, () => guard.read({ key: 'a', load })));
    const other = guard.read({ key: 'b', load });
    await settled();
    expect(loads.length).toBe(2);
    for (const { resolve } of loads) resolve(7);
    expect(new Set((await reads).map(({ value }) => value))).toEqual(new Set([7]));
    await other;
    const later = guard.read({ key: 'a', load });
    loads[2]?.resolve(8);
    expect((await later).value).toBe(8);
  });

  test('share its fault, and each answers from the copy', async () => {
    const { guard, adapter } = guarded();
    let tries = 0;
    const read = () =>
      guard.read({
        key: 'a',
        load: async (handle) => {
          tries++;
          await handle.ask();
          return 1;
        },
      });
    await read();
    adapter.serves = 'unreachable';
    const answers = await Promise.all([read(), read(), read()]);
    expect(answers.map(({ cacheOnly }) => cacheOnly)).toEqual([true, true, true]);
    expect(tries).toBe(2);
  });

  test('end at their own deadline where that is the shorter one', async () => {
    const { guard, loads, load, clock } = slowLoads();
    const patient = guard.read({ key: 'a', load, deadlineMs: 5_000 });
    const hurried = faultOf(guard.read({ key: 'a', load, deadlineMs: 100 }));
    await clock.advance(110);
    expect(await hurried).toMatchObject({ code: 'PRUNELLA_DEADLINE', kind: 'timeout' });
    expect(guard.condition).toBe('down');
    loads[0]?.resolve(3);
    expect((await patient).value).toBe(3);
    expect(loads.length).toBe(1);
  });

  test('count as one failed call where the load that they share is late', async () => {
    const { guard, load, clock } = slowLoads();
    const faults: string[] = [];
    guard.on('fault', ({ fault }) => faults.push(fault.kind));
    for (let n = 0; n < 12; n++) await guard.run(() => n);
    const reads = Array.from({ length: 30 }, () => faultOf(guard.read({ key: 'a', load, deadlineMs: 100 })));
    await clock.advance(110);
    expect(new Set((await Promise.all(reads)).map(({ code }) => code))).toEqual(
      new Set(['PRUNELLA_DEADLINE']),
    );
    expect(faults).toEqual(['timeout']);
    expect(guard.condition).toBe('degraded');
    expect(await guard.run(() => 'let through')).toBe('let through');
  });

  test('count once before the load that they share has ended, and once with it', async () => {
    const { guard, load, clock } = slowLoads();
    const faults: string[] = [];
    guard.on('fault', ({ fault }) => faults.push(fault.kind));
    const patient = faultOf(guard.read({ key: 'a', load, deadlineMs: 1_000 }));
    const hurried = Array.from({ length: 30 }, () =>
      faultOf(guard.read({ key: 'a', load, deadlineMs: 100 })),
    );
    await clock.advance(110);
    await Promise.all(hurried);
    expect(faults).toEqual(['timeout']);
    await clock.advance(1_000);
    await patient;
    expect(faults).toEqual(['timeout', 'timeout']);
  });

  test('do not join a load that may end sooner than they', async () => {
    const { guard, loads, load, clock } = slowLoads();
    const hurried = faultOf(guard.read({ key: 'a', load, deadlineMs: 100 }));
    const patient = guard.read({ key: 'a', load, deadlineMs: 1_000 });
    await clock.advance(110);
    await hurried;
    loads[1]?.resolve(4);
    expect((await patient).value).toBe(4);
  });

  test('do not join a load whose value is not merged as theirs', async () => {
    const cache = memoryCache();
    await cache.set('a', { value: 9, storedAt: 1, pending: false });
    const { guard, loads, load } = slowLoads({ cache });
    const plain = guard.read({ key: 'a', load });
    const merged = guard.read({ key: 'a', load, merge: Math.max });
    loads[1]?.resolve(2);
    expect((await merged).value).toBe(9);
    loads[0]?.resolve(2);
    expect((await plain).value).toBe(2);
  });

  test('do not join a load that has ended while an older one goes on', async () => {
    const { guard, loads, load } = slowLoads();
    const older = guard.read({ key: 'a', load, deadlineMs: 100 });
    const newer = guard.read({ key: 'a', load, deadlineMs: 200 });
    loads[1]?.resolve(2);
    await newer;
    const newest = guard.read({ key: 'a', load, deadlineMs: 200 });
    loads[2]?.resolve(3);
    expect((await newest).value).toBe(3);
    loads[0]?.resolve(1);
    await older;
  });
});

describe('a copy', () => {
  const readOf = (parts: ReturnType<typeof guarded>, value: number | null) => (limits: object) =>
    parts.guard.read({
      key: 'a',
      load: async (handle) => {
        await handle.ask();
        return value;
      },
      ...limits,
    });

  test('that is older than allowed is a fault of its own code, not an answer', async () => {
    const parts = guarded();
    const read = readOf(parts, 1);
    await read({});
    parts.adapter.serves = 'unreachable';
    await parts.clock.advance(5_000);
    expect((await read({ maxStaleMs: 5_000 })).ageMs).toBe(5_000);
    await parts.clock.advance(1);
    const fault = await faultOf(read({ maxStaleMs: 5_000 }));
    expect(fault).toMatchObject({ code: 'PRUNELLA_STALE', kind: 'unreachable' });
    expect(fault.message).toContain('a is 5001 ms old, allowed are 5000');
    expect((await read({})).value).toBe(1);
  });

  test('whose age a clock set back has made unknown is not taken for fresh', async () => {
    const parts = guarded();
    const read = readOf(parts, 1);
    await read({});
    parts.adapter.serves = 'unreachable';
    parts.clock.setWall(-3_600_000);
    expect((await faultOf(read({ maxStaleMs: 60_000 }))).code).toBe('PRUNELLA_STALE');
    expect((await read({})).ageMs).toBe(0);
  });

  test('that says that there is nothing answers for a minute only', async () => {
    const parts = guarded();
    const read = readOf(parts, null);
    await read({});
    parts.adapter.serves = 'unreachable';
    await parts.clock.advance(60_000);
    expect(await read({})).toMatchObject({ value: null, cacheOnly: true, reason: { kind: 'unreachable' } });
    expect((await read({ maxAbsentMs: 90_000 })).value).toBe(null);
    await parts.clock.advance(1);
    expect((await faultOf(read({}))).code).toBe('PRUNELLA_STALE');
    expect((await read({ maxAbsentMs: 90_000 })).value).toBe(null);
    expect((await faultOf(read({ maxAbsentMs: 90_000, maxStaleMs: 1 }))).code).toBe('PRUNELLA_STALE');
  });

  test('is asked for with limits that make sense', async () => {
    const read = readOf(guarded(), 1);
    for (const limits of [{ maxStaleMs: -1 }, { maxAbsentMs: Number.NaN }]) {
      await expect(read(limits)).rejects.toMatchObject({ code: 'PRUNELLA_OPTION' });
    }
  });
});

describe('a load', () => {
  const read = (parts: ReturnType<typeof guarded>, load: () => unknown) =>
    parts.guard.read({ key: 'a', load, deadlineMs: 100 });

  test.each<[string, () => unknown, string]>([
    [
      'that throws at once',
      () => {
        throw new TypeError('a mistake');
      },
      'caller',
    ],
    ['that rejects with no error', () => Promise.reject('a text'), 'caller'],
    ['that rejects with nothing', () => Promise.reject(), 'caller'],
    ['that never settles', () => new Promise(() => {}), 'timeout'],
    [
      'whose answer throws when it is looked at',
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: what a proxy of an ORM may do
        get then() {
          throw new Error('a trap');
        },
      }),
      'caller',
    ],
  ])('%s is a fault, and the next read of the key loads anew', async (_what, load, kind) => {
    const parts = guarded();
    const bad = faultOf(read(parts, load));
    await parts.clock.advance(110);
    expect((await bad).kind).toBe(kind);
    await parts.clock.advance(10_000);
    expect((await read(parts, () => 5)).value).toBe(5);
  });

  test('that answers nothing is passed on and leaves the copy alone', async () => {
    const parts = guarded();
    await read(parts, () => 1);
    expect((await read(parts, () => undefined)).value).toBeUndefined();
    parts.adapter.serves = 'unreachable';
    expect((await parts.guard.read({ key: 'a', load: (handle) => handle.ask() })).value).toBe(1);
  });

  test('whose value is no JSON is answered, and not storing it is seen', async () => {
    const parts = guarded();
    const seen: string[] = [];
    parts.guard.on('cache', ({ doing }) => seen.push(doing));
    expect((await read(parts, () => 5n)).value).toBe(5n);
    await settled();
    expect(seen).toEqual(['set']);
  });
});
