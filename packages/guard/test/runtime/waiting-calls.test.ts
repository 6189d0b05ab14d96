import { AsyncLocalStorage } from 'node:async_hooks';
import { overload, retrying } from '@prunella/guard/overload';
import { describe, expect, test } from 'vitest';
import { ask, guarded } from './guarded.ts';
import { settled } from './manual-clock.ts';
import { StandInError } from './stand-in-adapter.ts';

describe('a call that waits for a place', () => {
  test('begins with the asynchronous context of who made it, not of who gave the place free', async () => {
    const { guard } = guarded();
    overload(guard, { maximumCalls: 1 });
    const tenants = new AsyncLocalStorage<string>();
    const first = Promise.withResolvers<void>();
    const seen: unknown[] = [];
    const calls = [
      tenants.run('first', () => guard.run(() => first.promise)),
      tenants.run('second', () => guard.run(() => seen.push(tenants.getStore()))),
      tenants.run('third', () => guard.run(() => seen.push(tenants.getStore()))),
    ];
    tenants.run('somebody else', () => first.resolve());
    await Promise.all(calls);
    expect(seen).toEqual(['second', 'third']);
  });

  test('begins when a slow start has made room, although nothing has ended', async () => {
    const { guard, adapter, clock } = guarded({ reconnect: { baseMs: 10, capMs: 10 } });
    const limit = overload(guard, { maximumCalls: 10, slowStart: { forMs: 10_000, fromShare: 0.1 } });
    adapter.serves = 'unreachable';
    for (let count = 0; count < 5; count++) await guard.tryRun(ask);
    adapter.serves = true;
    await clock.advance(20);
    const ends: (() => void)[] = [];
    const long = () =>
      guard.tryRun(() => new Promise<void>((resolve) => ends.push(resolve)), { deadlineMs: 60_000 });
    const calls = Array.from({ length: 4 }, long);
    expect([limit.running, limit.waiting]).toEqual([1, 3]);
    await clock.advance(5_000);
    expect([limit.running, limit.waiting]).toEqual([4, 0]);
    for (const end of ends) end();
    await Promise.all(calls);
    await settled();
    expect([limit.running, limit.waiting]).toEqual([0, 0]);
  });
});

test('what is tried again inside another call takes no more time than that has left', async () => {
  const { guard, clock } = guarded({ breaker: { consecutive: 100 } });
  let tries = 0;
  const tried = retrying(guard, { baseMs: 200, maximumTries: 20 });
  const outer = guard.tryRun(
    () =>
      tried.run(
        () => {
          tries += 1;
          return Promise.reject(new StandInError('overloaded'));
        },
        { deadlineMs: 60_000 },
      ),
    { deadlineMs: 500 },
  );
  await clock.advance(600);
  expect((await outer).ok).toBe(false);
  const before = tries;
  await clock.advance(60_000);
  expect(tries).toBe(before);
});
