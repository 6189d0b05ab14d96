import { OptionError } from '@prunella/guard';
import { blocking, type SubscriptionContext, subscribe } from '@prunella/guard/subscriptions';
import { describe, expect, test } from 'vitest';
import { ask, faultOf, guarded } from './guarded.ts';
import { settled } from './manual-clock.ts';
import { StandInError, type StandInHandle } from './stand-in-adapter.ts';

/** A subscription whose ends are in the test's hand. */
function subscribed(options: Parameters<typeof guarded>[0] = {}) {
  const parts = guarded({ deadlineMs: 1_000, ...options });
  const opened: { lose(error?: unknown): void }[] = [];
  const gaps: number[] = [];
  const listen = async (handle: StandInHandle, { ready, signal }: SubscriptionContext) => {
    await handle.ask();
    ready();
    await new Promise<void>((resolve, reject) => {
      opened.push({ lose: (error) => (error === undefined ? resolve() : reject(error)) });
      signal.addEventListener('abort', () => resolve());
    });
  };
  const subscription = subscribe(parts.guard, listen, { onReconnect: ({ missedMs }) => gaps.push(missedMs) });
  return { ...parts, opened, gaps, subscription };
}

describe('a subscription', () => {
  test('stands without a deadline, and is no fault however long nothing is said', async () => {
    const { guard, subscription, clock, gaps } = subscribed();
    await clock.advance(3_600_000);
    expect(subscription.standing).toBe(true);
    expect(guard.condition).toBe('ok');
    expect(gaps).toEqual([]);
    await subscription.stop();
    expect(subscription.standing).toBe(false);
  });

  test('that is lost is a fault, is opened anew, and says for how long it was lost', async () => {
    const { guard, subscription, clock, gaps, opened, adapter } = subscribed();
    const seen: string[] = [];
    guard.on('fault', ({ fault }) => seen.push(fault.kind));
    await settled();
    adapter.serves = 'unreachable';
    opened[0]?.lose(new StandInError('unreachable'));
    await clock.advance(20_000);
    expect(seen.length).toBeGreaterThan(1);
    expect(subscription.standing).toBe(false);
    adapter.serves = true;
    await clock.advance(60_000);
    expect(subscription.standing).toBe(true);
    expect(opened.length).toBe(2);
    expect(gaps.length).toBe(1);
    expect(gaps[0]).toBeGreaterThanOrEqual(20_000);
    await subscription.stop();
  });

  test('is back soon after the resource is, not only at the end of its own pause', async () => {
    const { guard, subscription, clock, opened, adapter } = subscribed({ reconnect: { capMs: 3_600_000 } });
    await settled();
    adapter.serves = 'unreachable';
    opened[0]?.lose(new StandInError('unreachable'));
    await clock.advance(3_600_000);
    adapter.serves = true;
    while ((await guard.tryRun(ask)).ok === false) await clock.advance(5_000);
    await clock.advance(500);
    expect(subscription.standing).toBe(true);
    await subscription.stop();
  });

  test('that ends by itself is opened anew', async () => {
    const { subscription, clock, opened, gaps } = subscribed();
    await settled();
    opened[0]?.lose();
    await clock.advance(1_000);
    expect([opened.length, gaps.length]).toEqual([2, 1]);
    await subscription.stop();
  });

  test('that does not stand in time misses a deadline', async () => {
    const { guard, subscription, clock, adapter } = subscribed();
    adapter.serves = 'never';
    const seen: string[] = [];
    guard.on('fault', ({ fault }) => seen.push(fault.code));
    const never = subscribe(guard, () => new Promise(() => {}), { readyMs: 200 });
    await clock.advance(250);
    expect(seen).toEqual(['PRUNELLA_DEADLINE']);
    await Promise.all([never.stop(), subscription.stop()]);
  });

  test('whose function does not end after stop is given up after `readyMs`', async () => {
    const { guard, adapter, clock } = guarded();
    const subscription = subscribe(
      guard,
      (_handle, { ready }) => {
        ready();
        return new Promise(() => {});
      },
      { readyMs: 200 },
    );
    await settled();
    const stopped = subscription.stop();
    await clock.advance(250);
    await stopped;
    expect([adapter.abandoned, adapter.ended]).toEqual([1, 1]);
  });

  test('that is the trial of an open breaker lets the others through once it stands', async () => {
    const { guard, subscription, clock, opened, adapter } = subscribed();
    await settled();
    adapter.serves = 'unreachable';
    opened[0]?.lose(new StandInError('unreachable'));
    for (let count = 0; count < 10; count++) await guard.tryRun(ask);
    adapter.serves = true;
    adapter.pingServes = 'unreachable';
    await clock.advance(60_000);
    expect(subscription.standing).toBe(true);
    expect((await guard.tryRun(ask)).ok).toBe(true);
    await subscription.stop();
  });

  test('ends with its guard, and a listener that throws harms nothing', async () => {
    const { guard, adapter, clock } = guarded();
    const opened: (() => void)[] = [];
    const subscription = subscribe(
      guard,
      (_handle, { ready }) => {
        ready();
        return new Promise((resolve) => opened.push(resolve));
      },
      {
        onReconnect: () => {
          throw new Error('own mistake');
        },
      },
    );
    await settled();
    opened[0]?.();
    await clock.advance(1_000);
    expect(subscription.standing).toBe(true);
    await guard.detach();
    opened[1]?.();
    await clock.advance(60_000);
    expect([opened.length, adapter.leases]).toEqual([2, 2]);
  });

  test.each([
    ['no function', [7, {}], 'option listen: given 7; allowed: a function'],
    ['a time of 0', [() => {}, { readyMs: 0 }], 'option readyMs: given 0'],
    ['a misspelt name', [() => {}, { onreconnect: () => {} }], 'option onreconnect: given "an unknown name"'],
    ['no listener', [() => {}, { onReconnect: true }], 'option onReconnect: given true; allowed: a function'],
  ])('%s is refused at once', (_name, args, message) => {
    const make = () => Reflect.apply(subscribe, undefined, [guarded().guard, ...args]);
    expect(make).toThrow(OptionError);
    expect(make).toThrow(message);
  });
});

describe('a blocking command', () => {
  test('may wait for ever, and is no fault', async () => {
    const { guard, clock } = guarded();
    const answer = Promise.withResolvers<string>();
    const waiting = blocking(guard, () => answer.promise);
    await clock.advance(3_600_000);
    answer.resolve('job');
    expect(await waiting).toBe('job');
    expect(guard.condition).toBe('ok');
  });

  test('that fails is a fault like any other', async () => {
    const { guard } = guarded();
    const fault = await faultOf(blocking(guard, () => Promise.reject(new StandInError('unreachable'))));
    expect(fault.kind).toBe('unreachable');
  });

  test('is no trial that the others wait for', async () => {
    const { guard, adapter, clock } = guarded({ reconnect: { baseMs: 60_000 } });
    adapter.serves = 'unreachable';
    for (let count = 0; count < 5; count++) await guard.tryRun(ask);
    await clock.advance(5_000);
    adapter.serves = true;
    void blocking(guard, () => new Promise(() => {}));
    expect(await guard.run(ask)).toBe('answer');
  });
});
