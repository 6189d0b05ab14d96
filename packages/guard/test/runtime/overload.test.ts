import { type Guard, OptionError } from '@prunella/guard';
import { overload, retryBudget, retrying } from '@prunella/guard/overload';
import { blocking } from '@prunella/guard/subscriptions';
import type { Directive } from '@prunella/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ask, faultOf, guarded } from './guarded.ts';
import { ManualClock, settled } from './manual-clock.ts';
import { StandInError, type StandInHandle } from './stand-in-adapter.ts';

const resource = 'stand-in/main';

/** As the reporter hands it on. */
function direct(guard: Guard<unknown>, directive: Partial<Directive>): void {
  const whole = { directive: 'recovered', resource, incident: 'i-1', sequence: 1, spreadMs: 0, ...directive };
  Reflect.apply(Reflect.get(guard, 'obey'), guard, [whole]);
}

/** Calls that end when the test says so. */
function limited(options: Partial<Parameters<typeof overload>[1]> = {}) {
  const parts = guarded();
  const limit = overload(parts.guard, { maximumCalls: 2, maximumWaiting: 3, ...options });
  const ends: (() => void)[] = [];
  const call = (deadlineMs = 1_000) =>
    parts.guard.tryRun(() => new Promise<void>((resolve) => ends.push(resolve)), { deadlineMs });
  return { ...parts, limit, ends, call };
}

describe('the concurrency limit', () => {
  test('lets so many calls to the resource, and the others wait their turn', async () => {
    const { limit, ends, call } = limited();
    const calls = [call(), call(), call(), call()];
    expect([limit.running, limit.waiting, ends.length]).toEqual([2, 2, 2]);
    for (let turn = 0; turn < 4; turn++) {
      ends[turn]?.();
      await settled();
    }
    expect((await Promise.all(calls)).every(({ ok }) => ok)).toBe(true);
    expect([limit.running, limit.waiting]).toEqual([0, 0]);
  });

  test('refuses what finds no place to wait, which is nobody’s fault but the own', async () => {
    const { guard, call } = limited();
    const seen: string[] = [];
    guard.on('fault', ({ fault }) => seen.push(fault.code));
    for (let count = 0; count < 5; count++) void call();
    const outcome = await call();
    expect(outcome).toMatchObject({
      ok: false,
      fault: { code: 'PRUNELLA_TOO_MANY_CALLS', kind: 'local', outcomeUnknown: false },
    });
    if (!outcome.ok) expect(outcome.fault.message).toContain('2 calls run and 3 wait');
    expect(seen).toEqual([]);
    expect(guard.condition).toBe('unknown');
  });

  test('a call that misses its deadline while it waits was not sent, is local, and is never begun', async () => {
    const { clock, limit, ends, call } = limited();
    void call(60_000);
    void call(60_000);
    const waiting = call(500);
    const later = call(60_000);
    await clock.advance(600);
    expect(await waiting).toMatchObject({
      ok: false,
      fault: { code: 'PRUNELLA_DEADLINE', kind: 'local', outcomeUnknown: false },
    });
    expect(limit.waiting).toBe(1);
    ends[0]?.();
    await settled();
    expect([limit.running, limit.waiting, ends.length]).toEqual([2, 0, 3]);
    ends[2]?.();
    expect((await later).ok).toBe(true);
  });

  test('calls that give up for ever and ever take no memory', async () => {
    const { clock, limit, call } = limited({ maximumWaiting: 10 });
    void call(3_600_000);
    void call(3_600_000);
    let refused = 0;
    for (let round = 0; round < 20; round++) {
      const outcomes = Promise.all(Array.from({ length: 10 }, () => call(50)));
      await clock.advance(100);
      for (const outcome of await outcomes) {
        if (!outcome.ok && outcome.fault.code === 'PRUNELLA_TOO_MANY_CALLS') refused += 1;
      }
    }
    expect(limit.waiting).toBe(0);
    expect(refused).toBe(180);
  });

  test('a call that throws at once, answers at once or is evicted gives its place back', async () => {
    const { guard, limit } = limited();
    const thrower = () => {
      throw new StandInError('overloaded');
    };
    const ways = [
      () => 7,
      thrower,
      () => Promise.reject(null),
      () => Promise.reject(new StandInError('caller', 'x', true)),
    ];
    await Promise.all(Array.from({ length: 5 }, (_none, index) => guard.tryRun(ways[index % 4] ?? thrower)));
    expect([limit.running, limit.waiting]).toEqual([0, 0]);
  });

  test('what has no deadline holds no place', async () => {
    const { guard, limit } = limited({ maximumCalls: 1 });
    void blocking(guard, () => new Promise(() => {}));
    expect(limit.running).toBe(0);
    expect(await guard.run(ask)).toBe('answer');
  });

  test('never more run than there are places, and none is lost, whatever ends when', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            deadlineMs: fc.integer({ min: 10, max: 400 }),
            takesMs: fc.integer({ min: 0, max: 400 }),
          }),
          {
            maxLength: 30,
          },
        ),
        fc.integer({ min: 1, max: 4 }),
        async (plans, maximumCalls) => {
          const { guard, clock } = guarded();
          const limit = overload(guard, { maximumCalls, maximumWaiting: 10 });
          const calls = plans.map(({ deadlineMs, takesMs }) =>
            guard.tryRun(
              () => {
                expect(limit.running).toBeLessThanOrEqual(maximumCalls);
                return new Promise<void>((resolve) => void clock.after(takesMs, resolve));
              },
              { deadlineMs },
            ),
          );
          await clock.advance(20_000);
          expect((await Promise.all(calls)).length).toBe(plans.length);
          expect([limit.running, limit.waiting]).toEqual([0, 0]);
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('after a recovery', () => {
  test('the number of calls grows slowly from a share to all', async () => {
    const { guard, adapter, clock } = guarded({ reconnect: { baseMs: 10, capMs: 10 } });
    const limit = overload(guard, { maximumCalls: 100, slowStart: { forMs: 10_000, fromShare: 0.2 } });
    expect(limit.places).toBe(100);
    adapter.serves = 'unreachable';
    for (let count = 0; count < 5; count++) await guard.tryRun(ask);
    adapter.serves = true;
    await clock.advance(20);
    expect(guard.condition).toBe('ok');
    expect(limit.places).toBeLessThan(22);
    await clock.advance(5_000);
    expect(limit.places).toBeGreaterThan(55);
    expect(limit.places).toBeLessThan(65);
    await clock.advance(5_000);
    expect(limit.places).toBe(100);
  });

  test('1,000 instances do not return in one moment', async () => {
    const clock = new ManualClock();
    let seed = 1;
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const fleet = Array.from({ length: 1_000 }, () => {
      const parts = guarded({ clock, random, reconnect: { baseMs: 500, capMs: 60_000 } });
      overload(parts.guard, { maximumCalls: 10, slowStart: { forMs: 10_000, fromShare: 0.1 } });
      return parts;
    });
    let atOnce = 0;
    let most = 0;
    const pingsAt: number[] = [];
    for (const { guard, adapter } of fleet) {
      adapter.serves = 'unreachable';
      for (let count = 0; count < 5; count++) await guard.tryRun(ask);
      adapter.serves = true;
      const { ping } = adapter;
      adapter.ping = () => {
        pingsAt.push(clock.now());
        return Reflect.apply(ping, adapter, []);
      };
    }
    expect(fleet.every(({ guard }) => guard.condition === 'down')).toBe(true);
    const work = async (handle: StandInHandle) => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      await handle.ask();
      await new Promise<void>((resolve) => void clock.after(50, resolve));
      atOnce -= 1;
    };
    for (const { guard } of fleet) direct(guard, { spreadMs: 0 });
    for (let step = 0; step < 10; step++) {
      await clock.advance(100);
      for (const { guard } of fleet) {
        if (guard.condition === 'ok') for (let count = 0; count < 10; count++) void guard.tryRun(work);
      }
    }
    const busiest = Math.max(
      ...pingsAt.map((at) => pingsAt.filter((other) => other >= at && other < at + 50).length),
    );
    expect(pingsAt.length).toBeGreaterThanOrEqual(1_000);
    expect(busiest).toBeLessThan(250);
    // 10,000 calls want in; each instance begins with one of its ten places.
    expect(most).toBeLessThan(2_500);
  }, 60_000);
});

describe('what the healer asks for', () => {
  test('shed is not obeyed where the application does not allow it', async () => {
    const { guard } = guarded();
    overload(guard, { maximumCalls: 10 });
    direct(guard, { directive: 'shed', share: 1 });
    direct(guard, { directive: 'serve-cache' });
    expect(await guard.run(ask)).toBe('answer');
  });

  test('shed refuses a share of calls, below the own ceiling, and for at most 60 s', async () => {
    let next = 0;
    const { guard, clock, adapter } = guarded({ random: () => (next++ % 10) / 10 });
    overload(guard, { maximumCalls: 1_000, maximumShedShare: 0.3 });
    direct(guard, { directive: 'shed', share: 0.9, forMs: 3_600_000 });
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => guard.tryRun(ask)));
    const refused = outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.fault]));
    expect(refused.length).toBe(30);
    expect(refused[0]).toMatchObject({ code: 'PRUNELLA_SHED', kind: 'overloaded', outcomeUnknown: false });
    expect(adapter.leases).toBe(70);
    expect(guard.condition).toBe('ok');
    await clock.advance(60_010);
    expect(
      (await Promise.all(Array.from({ length: 20 }, () => guard.tryRun(ask)))).every(({ ok }) => ok),
    ).toBe(true);
  });

  test.each([
    ['a share of nothing', { share: 0 }],
    ['no number', { share: Number.NaN }],
    ['a time that is over', { forMs: -5 }],
  ])('shed with %s sheds nothing', async (_name, order) => {
    const { guard } = guarded({ random: () => 0 });
    overload(guard, { maximumCalls: 10, maximumShedShare: 1 });
    direct(guard, { directive: 'shed', ...order });
    expect(await guard.run(ask)).toBe('answer');
  });

  test('serve-cache answers reads from the copy where there is one, until recovered', async () => {
    const { guard, adapter } = guarded();
    overload(guard, { maximumCalls: 10, serveCache: true });
    const read = (key: string) => guard.read({ key, load: ask });
    await read('known');
    direct(guard, { directive: 'serve-cache', forMs: 30_000 });
    expect(await read('known')).toMatchObject({ cacheOnly: true, reason: { code: 'PRUNELLA_SHED' } });
    expect(await read('unknown')).toMatchObject({ cacheOnly: false });
    expect(adapter.leases).toBe(2);
    direct(guard, { directive: 'recovered', sequence: 2 });
    expect(await read('known')).toMatchObject({ cacheOnly: false });
  });
});

describe('retrying', () => {
  test('tries again what passed, within one deadline, with jitter', async () => {
    const { guard, clock } = guarded({ breaker: { consecutive: 100 } });
    let tries = 0;
    const left: number[] = [];
    const call = retrying(guard, { baseMs: 100 }).run((_handle, context) => {
      tries += 1;
      left.push(context.remainingMs());
      return tries < 3 ? Promise.reject(new StandInError('overloaded')) : 'answer';
    });
    await clock.advance(2_000);
    expect(await call).toBe('answer');
    expect(left).toEqual([1_000, 950, 850]);
  });

  test.each([
    ['the caller’s mistake', 'caller', {}],
    ['an outcome that nobody knows', 'unreachable', {}],
    ['a wrong password', 'auth', { idempotent: true }],
  ] as const)('does not repeat %s', async (_name, kind, options) => {
    const { guard, clock, adapter } = guarded();
    adapter.serves = kind;
    const call = retrying(guard, options).tryRun(ask);
    await clock.advance(2_000);
    expect((await call).ok).toBe(false);
    expect(adapter.leases).toBe(1);
  });

  test('repeats an unknown outcome where it is told that this does no harm', async () => {
    const { guard, clock, adapter } = guarded({ breaker: { consecutive: 100 } });
    adapter.serves = 'unreachable';
    const call = retrying(guard, { idempotent: true, maximumTries: 4 }).tryRun(ask);
    await clock.advance(2_000);
    expect((await call).ok).toBe(false);
    expect(adapter.leases).toBe(4);
  });

  test('does not multiply an outage: the budget is a share of the successes', async () => {
    const { guard, clock, adapter } = guarded({ breaker: { consecutive: 1_000_000 } });
    retryBudget(guard, { share: 0.1, reserve: 5 });
    const [one, two] = [retrying(guard), retrying(guard)];
    for (let count = 0; count < 1_000; count++) await one.run(ask);
    adapter.serves = 'overloaded';
    const calls = Array.from({ length: 1_000 }, (_none, index) => (index % 2 === 0 ? one : two).tryRun(ask));
    await clock.advance(10_000);
    await Promise.all(calls);
    expect(adapter.leases).toBe(1_000 + 1_000 + 5);
  });

  test('does not try again what the guard itself refuses', async () => {
    const { guard, clock, adapter } = guarded({ reconnect: { baseMs: 60_000 } });
    adapter.serves = 'overloaded';
    for (let count = 0; count < 5; count++) await guard.tryRun(ask);
    const before = adapter.leases;
    const call = retrying(guard).run(ask);
    const fault = faultOf(call);
    await clock.advance(1_000);
    expect((await fault).code).toBe('PRUNELLA_BREAKER_OPEN');
    expect(adapter.leases).toBe(before);
  });
});

describe('options', () => {
  test.each([
    [overload, {}, 'option maximumCalls: given undefined; allowed: a whole number from 1 to 100000'],
    [overload, { maximumCalls: 0 }, 'option maximumCalls: given 0'],
    [overload, { maximumCalls: 1, maximumWaiting: -1 }, 'option maximumWaiting: given -1'],
    [overload, { maximumCalls: 1, slowStart: 5 }, 'option slowStart: given 5; allowed: an object'],
    [overload, { maximumCalls: 1, slowStart: { fromShare: 0 } }, 'option slowStart.fromShare: given 0'],
    [overload, { maximumCalls: 1, maximumShedShare: 2 }, 'option maximumShedShare: given 2'],
    [overload, { maximumCalls: 1, serveCache: 1 }, 'option serveCache: given 1; allowed: true or false'],
    [overload, { maximumCalls: 1, limit: 1 }, 'option limit: given "an unknown name"'],
    [retrying, { maximumTries: 1 }, 'option maximumTries: given 1; allowed: a whole number from 2 to 20'],
    [retrying, { baseMs: 500, capMs: 100 }, 'option capMs: given 100; allowed: a number from 500 to 60000'],
    [retrying, { idempotent: 'yes' }, 'option idempotent: given "yes"'],
    [retryBudget, { share: 1.1 }, 'option share: given 1.1'],
    [retryBudget, { reserve: 0.5 }, 'option reserve: given 0.5'],
  ])('%s refuses %j', (make, options, message) => {
    const call = () => Reflect.apply(make, undefined, [guarded().guard, options]);
    expect(call).toThrow(OptionError);
    expect(call).toThrow(message);
  });

  test('overload is put on a guard once', () => {
    const { guard } = limited();
    expect(() => overload(guard, { maximumCalls: 5 })).toThrow(OptionError);
  });
});
