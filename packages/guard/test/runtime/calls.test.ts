import { attach, OptionError, systemClock } from '@prunella/guard';
import { describe, expect, test } from 'vitest';
import { ask, faultOf, guarded } from './guarded.ts';
import { settled } from './manual-clock.ts';
import { StandInAdapter, StandInError } from './stand-in-adapter.ts';

function hidden(): never {
  throw new Error('hidden');
}

function selfContaining(): AggregateError {
  const error = new AggregateError([], '');
  error.errors.push(error);
  return error;
}

describe('run', () => {
  test('answers what the function answers, and ends its lease once', async () => {
    const { guard, adapter } = guarded();
    expect(await guard.run(ask)).toBe('answer');
    expect(await guard.run(() => 7)).toBe(7);
    expect(guard.condition).toBe('ok');
    expect([adapter.leases, adapter.ended, adapter.abandoned]).toEqual([2, 2, 0]);
  });

  test('rejects with the kind, the code and the driver error as cause', async () => {
    const { guard, adapter } = guarded();
    adapter.serves = 'unreachable';
    const fault = await faultOf(guard.run(ask));
    expect(fault).toMatchObject({
      code: 'PRUNELLA_FAULT',
      kind: 'unreachable',
      resource: 'stand-in/main',
      outcomeUnknown: true,
    });
    expect(fault.cause).toBeInstanceOf(StandInError);
    expect(fault.message).toBe('stand-in/main failed (unreachable): stand-in unreachable');
  });

  test('takes a function that throws at once, and one that throws no error', async () => {
    const { guard, adapter } = guarded();
    const thrown = await faultOf(
      guard.run(() => {
        throw new StandInError('overloaded');
      }),
    );
    expect(thrown.kind).toBe('overloaded');
    expect((await faultOf(guard.run(() => Promise.reject(null)))).kind).toBe('caller');
    expect(adapter.ended).toBe(2);
  });

  test('takes a function that answers nothing, and promises of others that keep no promise', async () => {
    const { guard, adapter } = guarded();
    expect(await guard.run(() => {})).toBeUndefined();
    const twice = {
      // biome-ignore lint/suspicious/noThenProperty: the promise of some library
      then(resolve: (value: string) => void, reject: (error: unknown) => void) {
        resolve('first');
        reject(new Error('second'));
        resolve('third');
      },
    };
    expect(await guard.run(() => twice as PromiseLike<string>)).toBe('first');
    const broken = Object.defineProperty({}, 'then', { get: hidden });
    expect((await faultOf(guard.run(() => broken))).kind).toBe('caller');
    expect([adapter.leases, adapter.ended]).toEqual([3, 3]);
    expect(guard.condition).toBe('ok');
  });

  test('takes an adapter that cannot lend', async () => {
    const { guard, adapter } = guarded();
    adapter.lease = () => {
      throw new StandInError('local');
    };
    expect((await faultOf(guard.run(ask))).kind).toBe('local');
    expect((await guard.tryRun(ask)).ok).toBe(false);
  });

  test.each([
    ['no prototype', () => Object.create(null)],
    ['a getter that throws', () => Object.defineProperty({}, 'cause', { get: () => hidden() })],
    ['everything hidden', () => new Proxy({}, { get: hidden, getPrototypeOf: hidden })],
    ['itself inside', () => selfContaining()],
  ])('takes what is thrown with %s', async (_name, make) => {
    const { guard } = guarded();
    const fault = await faultOf(guard.run(() => Promise.reject(make())));
    expect(fault.message).toMatch(/^stand-in\/main failed \((caller|unknown)\): ../);
    guard.on('fault', () => {
      throw make();
    });
    expect((await guard.tryRun(() => Promise.reject(make()))).ok).toBe(false);
  });

  test('evicts the client where the driver says that it is no good any more', async () => {
    const { guard, adapter } = guarded();
    await faultOf(guard.run(() => Promise.reject(new StandInError('caller', 'statement gone', true))));
    expect([adapter.abandoned, adapter.ended]).toEqual([1, 1]);
  });

  test('a missed deadline aborts the signal, abandons the lease and is a timeout', async () => {
    const { guard, adapter, clock } = guarded();
    adapter.serves = 'never';
    let signal: AbortSignal | undefined;
    const call = guard.run((handle, context) => {
      signal = context.signal;
      return handle.ask();
    });
    const fault = faultOf(call);
    await clock.advance(990);
    expect(signal?.aborted).toBe(false);
    await clock.advance(20);
    expect(await fault).toMatchObject({ code: 'PRUNELLA_DEADLINE', kind: 'timeout', outcomeUnknown: true });
    expect(signal?.aborted).toBe(true);
    expect([adapter.abandoned, adapter.ended]).toEqual([1, 1]);
    expect(guard.condition).toBe('down');
  });

  test('the error of a miss has no stack, since a timer’s leads nowhere; those of others have theirs', async () => {
    const { guard, adapter, clock } = guarded();
    adapter.serves = 'never';
    const missed = faultOf(guard.run(ask));
    await clock.advance(1_010);
    expect((await missed).stack).toBe(`FaultError: ${(await missed).message}`);
    adapter.serves = 'overloaded';
    expect((await faultOf(guard.run(ask))).stack).toContain('call.ts');
    expect(new Error('other').stack).toContain('calls.test.ts');
  });

  test('a deadline beyond one turn of the wheel is kept, too', async () => {
    const { guard, adapter, clock } = guarded();
    adapter.serves = 'never';
    const outcome = guard.tryRun(ask, { deadlineMs: 20_000 });
    let ended = false;
    outcome.then(() => {
      ended = true;
    });
    await clock.advance(19_990);
    expect(ended).toBe(false);
    await clock.advance(20);
    expect(ended).toBe(true);
  });

  test('says how much time is left', async () => {
    const { guard, clock } = guarded();
    const left: number[] = [];
    const call = guard.run(async (_handle, context) => {
      left.push(context.remainingMs());
      await settled();
      left.push(context.remainingMs());
    });
    clock.block(300);
    await call;
    expect(left).toEqual([1_000, 700]);
  });

  test('many calls at once share one timer', async () => {
    const { guard, adapter, clock } = guarded();
    await guard.run(ask);
    const before = clock.timers;
    adapter.serves = 'never';
    const calls = Array.from({ length: 1_000 }, () => guard.tryRun(ask));
    expect(clock.timers).toBeLessThanOrEqual(before + 1);
    await clock.advance(1_010);
    expect((await Promise.all(calls)).every((outcome) => !outcome.ok)).toBe(true);
  });
});

describe('whose fault it is', () => {
  test('a bad query changes no condition', async () => {
    const { guard } = guarded();
    await guard.run(ask);
    for (let count = 0; count < 20; count++) {
      expect((await faultOf(guard.run(() => Promise.reject(new Error('bad query'))))).kind).toBe('caller');
    }
    expect(guard.condition).toBe('ok');
  });

  test('a deadline missed while waiting for the own pool is local, and was surely not sent', async () => {
    const { guard, adapter, clock } = guarded();
    adapter.serves = 'never';
    adapter.waiting = true;
    const fault = faultOf(guard.run(ask));
    await clock.advance(1_010);
    expect(await fault).toMatchObject({ kind: 'local', outcomeUnknown: false });
    expect(guard.condition).toBe('unknown');
  });

  test('a deadline missed while the own event loop was blocked for more than a quarter is local', async () => {
    const { guard, adapter, clock } = guarded();
    adapter.serves = 'never';
    const fault = faultOf(guard.run(ask));
    await clock.advance(200);
    clock.block(400);
    await clock.advance(420);
    expect((await fault).kind).toBe('local');
    expect(guard.condition).toBe('unknown');
  });

  test('on the machine’s own clock, too: 300 ms of work in between make a miss of 600 ms local', async () => {
    const { guard, adapter } = guarded({ clock: systemClock });
    adapter.serves = 'never';
    const missed = (deadlineMs: number) => faultOf(guard.run(ask, { deadlineMs }));
    const blocked = missed(600);
    setTimeout(() => {
      const end = performance.now() + 300;
      while (performance.now() < end);
    }, 50);
    expect((await blocked).kind).toBe('local');
    // Where other processes take the machine, that is a block, too: one of the next ones is none.
    await expect.poll(async () => (await missed(400)).kind, { timeout: 50_000 }).toBe('timeout');
  });

  test('a block of less than a quarter is no excuse', async () => {
    const { guard, adapter, clock } = guarded();
    adapter.serves = 'never';
    const fault = faultOf(guard.run(ask));
    await clock.advance(200);
    clock.block(150);
    await clock.advance(700);
    expect((await fault).kind).toBe('timeout');
  });

  test('an answer that lay there when the block ended is taken', async () => {
    const { guard, clock } = guarded();
    let answer: (value: string) => void = () => {};
    const call = guard.run(
      () =>
        new Promise<string>((resolve) => {
          answer = resolve;
        }),
    );
    clock.block(5_000);
    // The guard's late timer is older and runs first; then sockets are read.
    clock.after(0, () => answer('in time after all'));
    await clock.advance(10);
    expect(await call).toBe('in time after all');
  });

  test('nested guards count a fault once, innermost, also where an ORM wrapped it', async () => {
    const outer = guarded();
    const inner = guarded({ resource: 'stand-in/inner' });
    inner.adapter.serves = 'unreachable';
    const wrapped = new Error('query failed');
    const fault = faultOf(
      outer.guard.run(() =>
        inner.guard.run(ask).catch((error: unknown) => {
          wrapped.cause = error;
          throw wrapped;
        }),
      ),
    );
    await expect(fault).rejects.toThrow('query failed');
    const outcome = await outer.guard.tryRun(() => inner.guard.run(ask));
    expect(outcome).toMatchObject({ ok: false, fault: { resource: 'stand-in/inner' } });
    expect(inner.guard.condition).toBe('down');
    expect(outer.guard.condition).toBe('unknown');
  });
});

test.each([
  ['cause', (inner: unknown) => ({ cause: { cause: inner } })],
  ['driverError', (inner: unknown) => ({ driverError: inner })],
  ['original', (inner: unknown) => ({ original: inner })],
  ['meta', (inner: unknown) => ({ meta: { driverAdapterError: { cause: inner } } })],
  ['errors', (inner: unknown) => ({ errors: [inner, new Error('another')] })],
])(
  'a fault of a guard further inside is not counted again where it is wrapped as %s',
  async (_name, wrap) => {
    const outer = guarded();
    const inner = guarded({ resource: 'stand-in/inner' });
    inner.adapter.serves = 'unreachable';
    const failing = () =>
      inner.guard.run(ask).catch((error: unknown) => {
        throw Object.assign(new Error('query failed'), wrap(error));
      });
    const outcome = await outer.guard.tryRun(failing);
    expect(outcome).toMatchObject({ ok: false, fault: { resource: 'stand-in/inner', kind: 'unreachable' } });
    expect(outer.guard.condition).toBe('unknown');
  },
);

test('the signal’s reason is the fault, so that a guard further inside does not count it again', async () => {
  const { guard: outer, clock } = guarded();
  const { guard: inner } = guarded({ resource: 'stand-in/inner', deadlineMs: 60_000, clock });
  const call = faultOf(
    outer.run((_handle, { signal }) =>
      inner.run(
        () =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason));
          }),
      ),
    ),
  );
  const counted: string[] = [];
  inner.on('fault', ({ fault }) => counted.push(fault.message));
  await clock.advance(1_010);
  expect(await call).toMatchObject({ code: 'PRUNELLA_DEADLINE', resource: 'stand-in/main' });
  expect(counted).toEqual([]);
});

describe('options', () => {
  const cases: readonly [string, object, string][] = [
    ['a resource without a kind', { resource: 'main' }, 'option resource: given "main"; allowed: kind/name'],
    ['a deadline of 0', { deadlineMs: 0 }, 'option deadlineMs: given 0; allowed: a number from 1 to 3600000'],
    ['a share above 1', { breaker: { share: 2, volume: 5 } }, 'option breaker.share: given 2'],
    [
      'two kinds of breaker',
      { breaker: JSON.parse('{"share":1,"volume":5,"consecutive":2}') },
      'option breaker:',
    ],
    ['a breaker of nothing', { breaker: {} }, 'option breaker.share: given undefined'],
    ['a cap below the base', { reconnect: { baseMs: 900, capMs: 100 } }, 'option reconnect.capMs: given 100'],
    ['a misspelt name', { deadlineMS: 5 }, 'option deadlineMS: given "an unknown name"; allowed: resource,'],
    ['a cache without set', { cache: { get: () => {} } }, 'option cache: given an object; allowed:'],
    ['a clock that is none', { clock: 7 }, 'option clock: given 7'],
  ];
  test.each(cases)('%s is refused at once', (_name, options, text) => {
    const adapter = new StandInAdapter();
    const make = () => attach(adapter, { resource: 'stand-in/main', ...options });
    expect(make).toThrow(OptionError);
    expect(make).toThrow(text);
  });

  test('a wrong deadline of one call is refused at once', () => {
    const { guard } = guarded();
    expect(() => guard.run(ask, { deadlineMs: Number.NaN })).toThrow('option deadlineMs: given NaN');
  });
});

describe('detach', () => {
  test('refuses later calls, closes the adapter, leaves no timer, and may be repeated', async () => {
    const { guard, adapter, clock } = guarded();
    await guard.run(ask);
    await guard.detach();
    await guard.detach();
    expect(adapter.closed).toBe(1);
    expect(adapter.onFault).toBeUndefined();
    expect((await faultOf(guard.run(ask))).code).toBe('PRUNELLA_DETACHED');
    expect(await guard.tryRun(ask)).toMatchObject({ ok: false, fault: { code: 'PRUNELLA_DETACHED' } });
    await clock.advance(200);
    expect(clock.timers).toBe(0);
  });
});

test('a listener that throws harms nobody', async () => {
  const { guard, adapter } = guarded();
  const seen: string[] = [];
  guard.on('fault', () => {
    throw new Error('listener');
  });
  guard.on('fault', ({ fault }) => seen.push(fault.kind));
  const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
  adapter.serves = 'overloaded';
  await faultOf(guard.run(ask));
  expect(seen).toEqual(['overloaded']);
  expect((await warned).message).toContain('listener');
});
