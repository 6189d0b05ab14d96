import { memoryCache, OptionError } from '@prunella/guard';
import { type DegradedWritesOptions, degradedWrites } from '@prunella/guard/writes';
import { describe, expect, test } from 'vitest';
import { ask, faultOf, guarded } from './guarded.ts';
import { settled } from './manual-clock.ts';
import { StandInError, type StandInHandle } from './stand-in-adapter.ts';

/** Fail counts of monitors, as the article's actioner keeps them. */
function counting(options: Parameters<typeof guarded>[0] = {}, limits: DegradedWritesOptions = {}) {
  const cache = memoryCache();
  const parts = guarded({ cache, ...options });
  const writes = degradedWrites(parts.guard, limits);
  const stored: string[] = [];
  const write = (name: string, by = 1) =>
    writes.write({
      key: 'monitor:1',
      payload: { name, by },
      idempotencyKey: name,
      apply: async (handle: StandInHandle, { payload, replay }) => {
        await handle.ask();
        if (payload.name === 'poison') throw new StandInError('caller', 'violates a constraint');
        stored.push(`${payload.name}${replay ? ' (replayed)' : ''}`);
        return stored.length;
      },
      applyToCached: (cached: { failcount: number } | undefined, payload) => ({
        failcount: (cached?.failcount ?? 0) + payload.by,
      }),
    });
  const read = () =>
    parts.guard.read({
      key: 'monitor:1',
      load: async (handle) => {
        await handle.ask();
        return { failcount: stored.length };
      },
    });
  return { ...parts, writes, cache, stored, write, read };
}

interface Counted {
  readonly failcount: number;
}

/** A promise and what resolves it. */
function gate() {
  return Promise.withResolvers<void>();
}

describe('the copy', () => {
  test('is not replaced by what was loaded before a write changed it', async () => {
    const { guard, cache, write } = counting();
    const { promise, resolve } = gate();
    const reading = guard.read<Counted>({
      key: 'monitor:1',
      load: () => promise.then(() => ({ failcount: 0 })),
    });
    await write('first');
    resolve();
    expect((await reading).value).toEqual({ failcount: 0 });
    await settled();
    expect((await cache.get('monitor:1'))?.value).toEqual({ failcount: 1 });
  });

  test('is not replaced by what was loaded while a kept write was being replayed', async () => {
    const { guard, adapter, cache, clock, writes } = counting();
    let stored = 0;
    const acknowledged = gate();
    const read = () =>
      guard.read<Counted>({
        key: 'monitor:1',
        load: async (handle) => {
          await handle.ask();
          return { failcount: stored };
        },
      });
    await read();
    adapter.serves = 'unreachable';
    await writes.write({
      key: 'monitor:1',
      payload: 1,
      apply: async (handle) => {
        await handle.ask();
        stored++;
        await acknowledged.promise;
      },
      applyToCached: (cached: Counted | undefined, by) => ({ failcount: (cached?.failcount ?? 0) + by }),
    });
    adapter.serves = true;
    await clock.advance(900);
    expect([stored, writes.waiting]).toEqual([1, 1]);
    await read();
    acknowledged.resolve();
    await settled();
    expect(writes.waiting).toBe(0);
    expect((await cache.get('monitor:1'))?.value).toEqual({ failcount: 1 });
  });

  test('is not replaced by what was loaded before a kept write was replayed', async () => {
    const { guard, adapter, cache, clock, write, writes } = counting();
    const { promise, resolve } = gate();
    await guard.run((handle) => handle.ask());
    adapter.serves = 'unreachable';
    await write('first');
    adapter.serves = true;
    const reading = guard.read<Counted>({
      key: 'monitor:1',
      load: () => promise.then(() => ({ failcount: 0 })),
    });
    await clock.advance(900);
    expect(writes.waiting).toBe(0);
    resolve();
    await reading;
    await settled();
    expect((await cache.get('monitor:1'))?.value).toEqual({ failcount: 1 });
  });

  test('can be made from the result, so that a process that shares the cache is not counted twice', async () => {
    const cache = memoryCache();
    const [one, two] = [guarded({ cache }).guard, guarded({ cache }).guard];
    let stored = 4;
    const acknowledged = gate();
    const read = (guard: typeof one) =>
      guard.read<Counted>({
        key: 'monitor:1',
        load: async () => ({ failcount: stored }),
        merge: (fresh, cached) => (cached.failcount > fresh.failcount ? cached : fresh),
      });
    await read(one);
    const writing = degradedWrites(one).write({
      key: 'monitor:1',
      payload: 1,
      apply: async () => {
        stored++;
        await acknowledged.promise;
        return stored;
      },
      applyToCached: (cached: Counted | undefined, by, result) => ({
        failcount: result ?? (cached?.failcount ?? 0) + by,
      }),
    });
    await settled();
    await read(two);
    acknowledged.resolve();
    await writing;
    expect((await read(two)).value).toEqual({ failcount: 5 });
  });
});

describe('write', () => {
  test('is put on a guard once', () => {
    const { guard } = counting();
    expect(() => degradedWrites(guard)).toThrow(OptionError);
  });

  test.each([
    [{ maximumCount: 0 }, 'option maximumCount: given 0; allowed: a whole number from 1 to 1000000'],
    [
      { maximumBytes: 2 ** 31 },
      'option maximumBytes: given 2147483648; allowed: a number from 1 to 1073741824',
    ],
    [{ most: 3 }, 'option most: given "an unknown name"; allowed: maximumCount, maximumBytes'],
  ])('refuses %j', (options, message) => {
    expect(() => Reflect.apply(degradedWrites, undefined, [guarded().guard, options])).toThrow(message);
  });

  test('refuses what is no guard', () => {
    expect(() => Reflect.apply(degradedWrites, undefined, [{}])).toThrow(
      'option guard: given an object; allowed: a guard',
    );
  });

  const apply = () => 1;
  test.each([
    [undefined, 'option write: given undefined; allowed: an object'],
    [{ payload: 1, apply }, 'option key: given undefined; allowed: a text of 1 to 1,000 characters'],
    [{ key: 'a', payload: 1 }, 'option write: given an object; allowed: an object with apply'],
    [{ key: 'a', idempotencyKey: 7, apply }, 'option idempotencyKey: given 7'],
    [{ key: 'a', idempotencykey: 'o-1', apply }, 'option idempotencykey: given "an unknown name"'],
    [{ key: 'a', apply, applyToCached: 5 }, 'option applyToCached: given 5; allowed: a function'],
  ])('refuses the request %j before anything is tried', async (request, message) => {
    const { guard } = guarded();
    const writes = degradedWrites(guard);
    await expect(Reflect.apply(writes.write, writes, [request])).rejects.toThrow(message);
    expect(guard.condition).toBe('unknown');
    expect(writes.waiting).toBe(0);
  });

  test('of a name refuses a misspelt request, too', async () => {
    const note = degradedWrites(guarded().guard).define<number, number>('note', { apply });
    const misspelt = { key: 'a', payload: 1, idempotencykey: 'o-1' };
    await expect(note(misspelt)).rejects.toThrow('option idempotencykey: given "an unknown name"');
    expect(await note({ key: 'a', payload: 1, idempotencyKey: 'o-1' })).toEqual({ pending: false, value: 1 });
  });

  test('can be given its function by a name, as in a journal', async () => {
    const { guard, adapter, clock } = guarded();
    const writes = degradedWrites(guard);
    const made: string[] = [];
    const note = writes.define<string, number>('note', {
      apply: async (handle, { payload }) => {
        await handle.ask();
        return made.push(payload);
      },
    });
    expect(await note({ key: 'a', payload: 'first' })).toEqual({ pending: false, value: 1 });
    adapter.serves = 'unreachable';
    expect(await note({ key: 'a', payload: 'second' })).toMatchObject({ pending: true, waiting: 1 });
    adapter.serves = true;
    await clock.advance(60_000);
    expect(made).toEqual(['first', 'second']);
    expect(() => writes.define('note', { apply: () => {} })).toThrow(OptionError);
    expect(() => Reflect.apply(writes.define, writes, ['other', { aply: () => {} }])).toThrow('aply');
  });

  test('is made at once while all is well, and changes the copy', async () => {
    const { write, stored, cache } = counting();
    expect(await write('first')).toEqual({ pending: false, value: 1 });
    expect(stored).toEqual(['first']);
    expect(await cache.get('monitor:1')).toMatchObject({ value: { failcount: 1 }, pending: false });
  });

  test('is kept while degraded, seen by the next read, and replayed in order on recovery', async () => {
    const { write, read, stored, cache, adapter, clock, guard, writes } = counting();
    await read();
    adapter.serves = 'unreachable';
    const first = await write('first');
    expect(first).toMatchObject({ pending: true, waiting: 1, reason: { kind: 'unreachable' } });
    expect(await write('second')).toMatchObject({ pending: true, waiting: 2 });
    expect(await read()).toMatchObject({ cacheOnly: true, value: { failcount: 2 } });
    expect((await cache.get('monitor:1'))?.pending).toBe(true);
    expect(stored).toEqual([]);

    const replayed: string[] = [];
    guard.on('replayed', ({ idempotencyKey }) => replayed.push(idempotencyKey));
    adapter.serves = true;
    await clock.advance(60_000);
    expect(stored).toEqual(['first (replayed)', 'second (replayed)']);
    expect(replayed).toEqual(['first', 'second']);
    expect(writes.waiting).toBe(0);
    expect(await cache.get('monitor:1')).toMatchObject({ value: { failcount: 2 }, pending: false });
    expect(await read()).toMatchObject({ cacheOnly: false, value: { failcount: 2 } });
  });

  test('does not overtake kept ones, and a fresh read shows those that still wait', async () => {
    const { write, read, stored, adapter, writes } = counting({
      reconnect: { baseMs: 60_000 },
      breaker: { consecutive: 100 },
    });
    await read();
    adapter.serves = 'unreachable';
    await write('first');
    adapter.serves = true;
    expect(await write('second')).toMatchObject({ pending: true, waiting: 2 });
    expect(stored).toEqual([]);
    expect(await read()).toMatchObject({ cacheOnly: false, value: { failcount: 2 } });
    expect(writes.waiting).toBe(2);
  });

  test('keeps the order in which writes of a key were begun, not that in which they failed', async () => {
    const { guard, adapter, clock } = guarded();
    const writes = degradedWrites(guard);
    const made: string[] = [];
    const write = (name: string, wait: Promise<void>) =>
      writes.write({
        key: 'monitor:1',
        payload: name,
        apply: async (handle) => {
          await wait;
          await handle.ask();
          made.push(name);
        },
      });
    adapter.serves = 'unreachable';
    let goOn: () => void = () => {};
    const slow = write(
      'slow',
      new Promise((resolve) => {
        goOn = resolve;
      }),
    );
    await write('quick', Promise.resolve());
    goOn();
    await slow;
    adapter.serves = true;
    await clock.advance(60_000);
    expect(made).toEqual(['slow', 'quick']);
  });

  test('waits to be replayed for one of its key that was begun before and is still under way', async () => {
    const { guard, adapter, clock } = guarded();
    const writes = degradedWrites(guard);
    const made: string[] = [];
    const { promise, resolve } = gate();
    const write = (name: string, wait: Promise<void>) =>
      writes.write({
        key: 'monitor:1',
        payload: name,
        deadlineMs: 600_000,
        apply: async (handle, { replay }) => {
          if (!replay) await wait;
          await handle.ask();
          made.push(name);
        },
      });
    adapter.serves = 'unreachable';
    const slow = write('slow', promise);
    await write('quick', Promise.resolve());
    adapter.serves = true;
    await clock.advance(60_000);
    expect([guard.condition, made, writes.waiting]).toEqual(['ok', [], 1]);
    resolve();
    await slow;
    await settled();
    expect([made, writes.waiting]).toEqual([['slow', 'quick'], 0]);
  });

  test('is replayed in fewer lanes while the resource is slow', async () => {
    const { guard, adapter, clock } = guarded({ deadlineMs: 10_000 });
    const writes = degradedWrites(guard);
    let slowMs = 0;
    let underWay = 0;
    let most = 0;
    adapter.serves = 'unreachable';
    for (let count = 0; count < 60; count++) {
      await writes.write({
        key: `key ${count}`,
        payload: null,
        apply: async (handle, { replay }) => {
          await handle.ask();
          if (!replay) return;
          most = Math.max(most, ++underWay);
          const { promise, resolve: end } = gate();
          clock.after(slowMs, end);
          await promise;
          underWay--;
        },
      });
    }
    slowMs = 10;
    adapter.serves = true;
    while (writes.waiting > 40) await clock.advance(10);
    expect(most).toBe(8);
    slowMs = 1_000;
    while (writes.waiting > 20) await clock.advance(100);
    most = 0;
    while (writes.waiting > 5) await clock.advance(100);
    expect(most).toBe(1);
  });

  test('a key that takes long to replay does not hold up the others', async () => {
    const { guard, adapter, clock } = guarded();
    const writes = degradedWrites(guard);
    const made: string[] = [];
    let slowGoesOn: () => void = () => {};
    const slow = new Promise<void>((resolve) => {
      slowGoesOn = resolve;
    });
    const write = (key: string, wait: Promise<void>) =>
      writes.write({
        key,
        payload: null,
        apply: async (handle, { replay }) => {
          if (replay) await wait;
          await handle.ask();
          made.push(key);
        },
      });
    adapter.serves = 'unreachable';
    await write('slow', slow);
    for (let count = 0; count < 20; count++) await write(`quick ${count}`, Promise.resolve());
    adapter.serves = true;
    await clock.advance(900);
    expect(made.length).toBe(20);
    expect(await write('other', Promise.resolve())).toMatchObject({ pending: false });
    slowGoesOn();
    await settled();
    expect(made.at(-1)).toBe('slow');
    expect(writes.waiting).toBe(0);
  });

  test('keys that still fail do not keep the others from being made', async () => {
    const { guard, adapter, clock } = guarded();
    const writes = degradedWrites(guard);
    const made: string[] = [];
    const write = (key: string) =>
      writes.write({
        key,
        payload: null,
        apply: async (handle) => {
          await handle.ask();
          if (key.startsWith('lost table')) throw new StandInError('not-primary');
          made.push(key);
        },
      });
    adapter.serves = 'unreachable';
    for (let count = 1; count <= 10; count++) await write(`lost table:${count}`);
    await write('good table:1');
    adapter.serves = true;
    await clock.advance(60_000);
    expect(made).toEqual(['good table:1']);
    expect(writes.waiting).toBe(10);
  });

  test('is refused loudly when no more can be kept', async () => {
    const { write, adapter, guard } = counting({}, { maximumCount: 2 });
    const lost: string[] = [];
    guard.on('lost', ({ idempotencyKey }) => lost.push(idempotencyKey));
    adapter.serves = 'unreachable';
    await write('first');
    await write('second');
    const fault = await faultOf(write('third'));
    expect(fault).toMatchObject({ code: 'PRUNELLA_WRITES_FULL', kind: 'unreachable' });
    expect(fault.message).toContain('2 writes');
    expect(lost).toEqual(['third']);
  });

  test('is refused when the bytes are used up', async () => {
    const { write, adapter } = counting({}, { maximumBytes: 150 });
    adapter.serves = 'unreachable';
    await write('x'.repeat(40));
    expect((await faultOf(write('y'.repeat(40)))).code).toBe('PRUNELLA_WRITES_FULL');
  });

  test('that the replay shows to be the caller’s mistake is lost with its reason, the others go on', async () => {
    const { write, stored, adapter, clock, guard } = counting();
    const lost: string[] = [];
    guard.on('lost', ({ idempotencyKey, fault }) => lost.push(`${idempotencyKey}: ${fault.kind}`));
    adapter.serves = 'unreachable';
    await write('poison');
    await write('second');
    adapter.serves = true;
    await clock.advance(60_000);
    expect(lost).toEqual(['poison: caller']);
    expect(stored).toEqual(['second (replayed)']);
  });

  test('a replay that fails again keeps the rest for the next recovery', async () => {
    const { write, stored, adapter, clock, writes } = counting();
    adapter.serves = 'unreachable';
    adapter.pingServes = true;
    await write('first');
    await clock.advance(30_000);
    expect(writes.waiting).toBe(1);
    adapter.serves = true;
    await clock.advance(60_000);
    expect(stored).toEqual(['first (replayed)']);
  });

  test('a kept write whose fault was local is replayed, too', async () => {
    const { write, stored, adapter, clock, guard } = counting();
    await guard.run(ask);
    adapter.serves = 'local';
    adapter.pingServes = true;
    expect(await write('first')).toMatchObject({ pending: true, reason: { kind: 'local' } });
    expect(guard.condition).toBe('ok');
    adapter.serves = true;
    await clock.advance(60_000);
    expect(stored).toEqual(['first (replayed)']);
  });

  test('says at detach what is lost', async () => {
    const { write, adapter, guard, writes } = counting();
    adapter.serves = 'unreachable';
    await write('first');
    const lost: string[] = [];
    guard.on('lost', ({ fault }) => lost.push(fault.code));
    expect(await guard.detach()).toEqual({ lostWrites: 1 });
    expect(lost).toEqual(['PRUNELLA_DETACHED']);
    expect((await faultOf(write('later'))).code).toBe('PRUNELLA_DETACHED');
    await settled();
    expect(writes.waiting).toBe(0);
  });

  test('says at detach which ones may have been made, and of one under way whether it was', async () => {
    const { guard, adapter, clock } = guarded();
    const writes = degradedWrites(guard);
    const told: string[] = [];
    guard.on('lost', ({ idempotencyKey, fault }) =>
      told.push(`${idempotencyKey} lost, ${fault.outcomeUnknown ? 'or made' : 'not made'}`),
    );
    guard.on('replayed', ({ idempotencyKey }) => told.push(`${idempotencyKey} made`));
    const { promise, resolve } = gate();
    const write = (idempotencyKey: string, apply: (replay: boolean) => Promise<unknown>) =>
      writes.write({
        key: idempotencyKey,
        payload: null,
        idempotencyKey,
        apply: (_handle, { replay }) => apply(replay),
      });
    const fails = (kind: 'overloaded' | 'unreachable') => () => Promise.reject(new StandInError(kind));
    await guard.run(ask);
    adapter.pingServes = 'unreachable';
    // The stand-in answers `unreachable` with an unknown outcome.
    await write('sent', fails('unreachable'));
    await write('refused', fails('overloaded'));
    await write('replaying', (replay) => (replay ? promise : fails('overloaded')()));
    adapter.pingServes = true;
    await clock.advance(900);
    expect(told).toEqual([]);
    expect(await guard.detach()).toEqual({ lostWrites: 3 });
    expect(told).toEqual(['sent lost, or made', 'refused lost, not made', 'replaying lost, or made']);
    resolve();
    await settled();
    expect(told.slice(3)).toEqual(['replaying made']);
  });

  test('that the caller’s mistake ends after a try with an unknown outcome may have been made', async () => {
    const { guard, clock } = guarded();
    const writes = degradedWrites(guard);
    const lost: boolean[] = [];
    guard.on('lost', ({ fault }) => lost.push(fault.outcomeUnknown));
    await guard.run(ask);
    // As an insert whose answer was lost, and whose replay meets its own row.
    const kinds = ['unreachable', 'caller'] as const;
    let tries = 0;
    const apply = () => Promise.reject(new StandInError(kinds[tries++] ?? 'caller'));
    await writes.write({ key: 'a', payload: null, apply });
    await clock.advance(60_000);
    expect(lost).toEqual([true]);
  });

  test('whose guard is detached while it is tried says that it may have been made', async () => {
    const { guard } = guarded();
    const writes = degradedWrites(guard);
    const { promise, reject } = gate();
    const failing = faultOf(writes.write({ key: 'a', payload: null, apply: () => promise }));
    await guard.detach();
    reject(new StandInError('unreachable'));
    expect(await failing).toMatchObject({ code: 'PRUNELLA_DETACHED', outcomeUnknown: true });
  });
});
