import { connect, type GuardEvents } from '@prunella/guard';
import { describe, expect, test } from 'vitest';
import { ask, guarded } from './guarded.ts';
import { ManualClock, settled } from './manual-clock.ts';
import { StandInAdapter, StandInError } from './stand-in-adapter.ts';

const noReconnect = { baseMs: 60_000, capMs: 3_600_000 };

describe('the condition', () => {
  test('is unknown before the first call, then what the calls say', async () => {
    const { guard, adapter } = guarded();
    const seen: string[] = [];
    guard.on('condition', ({ condition, previous }) => seen.push(`${previous} > ${condition}`));
    expect(guard.condition).toBe('unknown');
    await guard.run(ask);
    adapter.serves = 'unreachable';
    await guard.tryRun(ask);
    expect(seen).toEqual(['unknown > ok', 'ok > degraded']);
  });

  test('is ok after a first call that took longer than what is recent', async () => {
    const { guard, clock } = guarded({ breaker: { share: 0.5, volume: 5, windowMs: 10_000 } });
    const call = guard.run(() => new Promise<void>((resolve) => clock.after(15_000, resolve)), {
      deadlineMs: 60_000,
    });
    await clock.advance(15_000);
    await call;
    expect(guard.condition).toBe('ok');
  });

  test('is down where every recent call failed, and ok with the first that succeeds', async () => {
    const { guard, adapter } = guarded({ reconnect: noReconnect });
    adapter.serves = 'unreachable';
    await guard.tryRun(ask);
    expect(guard.condition).toBe('down');
    adapter.serves = true;
    await guard.run(ask);
    expect(guard.condition).toBe('ok');
  });

  test('is degraded until the last failure is no longer recent', async () => {
    const { guard, adapter, clock } = guarded({
      reconnect: noReconnect,
      breaker: { consecutive: 100, windowMs: 10_000 },
    });
    await guard.run(ask);
    adapter.serves = 'overloaded';
    await guard.tryRun(ask);
    adapter.serves = true;
    await clock.advance(5_000);
    await guard.run(ask);
    expect(guard.condition).toBe('degraded');
    await clock.advance(6_000);
    await guard.run(ask);
    expect(guard.condition).toBe('ok');
  });

  test('a success of a call begun before the failure does not end down', async () => {
    const { guard, adapter, clock } = guarded({ reconnect: noReconnect });
    let answer: () => void = () => {};
    const early = guard.run(
      () =>
        new Promise<void>((resolve) => {
          answer = resolve;
        }),
    );
    await clock.advance(100);
    adapter.serves = 'unreachable';
    for (let count = 0; count < 5; count++) await guard.tryRun(ask);
    answer();
    await early;
    expect(guard.condition).toBe('down');
  });

  test('a call that began before the recovery and fails after it does not bring the trouble back', async () => {
    const { guard, adapter, clock } = guarded({ reconnect: noReconnect });
    adapter.serves = 'never';
    const early = guard.tryRun(ask);
    await clock.advance(500);
    adapter.serves = 'unreachable';
    await guard.tryRun(ask);
    adapter.serves = true;
    await guard.run(ask);
    await clock.advance(600);
    expect((await early).ok).toBe(false);
    expect(guard.condition).toBe('ok');
  });
});

describe('the breaker', () => {
  test('opens at its share of its volume, refuses without calling, and lets one trial through', async () => {
    const { guard, adapter, clock } = guarded({
      reconnect: noReconnect,
      breaker: { share: 0.5, volume: 4, openForMs: 2_000 },
    });
    await guard.run(ask);
    await guard.run(ask);
    adapter.serves = 'unreachable';
    await guard.tryRun(ask);
    expect(guard.condition).toBe('degraded');
    await guard.tryRun(ask);
    expect(guard.condition).toBe('down');
    const leases = adapter.leases;
    expect(await guard.tryRun(ask)).toMatchObject({
      ok: false,
      fault: { code: 'PRUNELLA_BREAKER_OPEN', kind: 'unreachable', outcomeUnknown: false },
    });
    expect(adapter.leases).toBe(leases);

    await clock.advance(2_000);
    adapter.serves = 'never';
    const trial = guard.tryRun(ask);
    expect(await guard.tryRun(ask)).toMatchObject({ fault: { code: 'PRUNELLA_BREAKER_OPEN' } });
    expect(adapter.leases).toBe(leases + 1);
    await clock.advance(1_010);
    expect((await trial).ok).toBe(false);

    await clock.advance(2_000);
    adapter.serves = true;
    expect((await guard.tryRun(ask)).ok).toBe(true);
    expect(guard.condition).toBe('ok');
    expect((await guard.tryRun(ask)).ok).toBe(true);
  });

  test('a share breaker of a busy application opens after twice its volume of failures in a row', async () => {
    const { guard, adapter } = guarded({ reconnect: noReconnect, breaker: { share: 0.5, volume: 5 } });
    for (let count = 0; count < 500; count++) await guard.run(ask);
    adapter.serves = 'unreachable';
    for (let count = 0; count < 9; count++) await guard.tryRun(ask);
    expect(guard.condition).toBe('degraded');
    await guard.tryRun(ask);
    expect(guard.condition).toBe('down');
  });

  test('opens after calls that failed in a row', async () => {
    const { guard, adapter } = guarded({ reconnect: noReconnect, breaker: { consecutive: 3 } });
    for (let count = 0; count < 10; count++) await guard.run(ask);
    adapter.serves = 'timeout';
    for (let count = 0; count < 3; count++) await guard.tryRun(ask);
    expect(guard.condition).toBe('down');
  });

  test('a trial that was the caller’s own mistake frees the next one', async () => {
    const { guard, adapter, clock } = guarded({
      reconnect: noReconnect,
      breaker: { consecutive: 1, openForMs: 1_000 },
    });
    adapter.serves = 'unreachable';
    await guard.tryRun(ask);
    await clock.advance(1_000);
    await guard.tryRun(() => Promise.reject(new Error('bad query')));
    adapter.serves = true;
    expect((await guard.tryRun(ask)).ok).toBe(true);
  });
});

describe('reconnect', () => {
  test('tries with full jitter, exponentially, up to the cap, and stops when it is back', async () => {
    const { guard, adapter, clock } = guarded({ reconnect: { baseMs: 1_000, capMs: 60_000 } });
    const tries: GuardEvents['reconnect'][] = [];
    guard.on('reconnect', (event) => tries.push(event));
    adapter.serves = 'unreachable';
    await guard.tryRun(ask);
    await clock.advance(500 + 1_000 + 2_000 + 4_000);
    expect(tries.map((each) => each.nextInMs)).toEqual([1_000, 2_000, 4_000, 8_000]);
    await clock.advance(600_000);
    expect(tries.at(-1)?.nextInMs).toBe(30_000);
    adapter.serves = true;
    await clock.advance(30_000);
    expect(guard.condition).toBe('ok');
    expect(tries.at(-1)).toMatchObject({ succeeded: true, nextInMs: null });
    const pings = adapter.pings;
    await clock.advance(20_000);
    expect(adapter.pings).toBe(pings);
  });

  test('passes beside the open breaker and closes it', async () => {
    const { guard, adapter, clock } = guarded({ breaker: { consecutive: 1, openForMs: 3_600_000 } });
    adapter.serves = 'unreachable';
    await guard.tryRun(ask);
    adapter.serves = true;
    await clock.advance(1_000);
    expect(guard.condition).toBe('ok');
    expect((await guard.tryRun(ask)).ok).toBe(true);
  });

  test('asks the driver for a new connection only where the ping failed', async () => {
    const clock = new ManualClock();
    const adapter = Object.assign(new StandInAdapter(), {
      reconnects: 0,
      async reconnect() {
        adapter.reconnects++;
        adapter.serves = true;
      },
    });
    const guard = connect(adapter, { resource: 'stand-in/main', clock, random: () => 0.5 });
    await settled();
    expect([guard.condition, adapter.pings, adapter.reconnects]).toEqual(['ok', 1, 0]);
    adapter.serves = 'unreachable';
    await guard.tryRun(ask);
    await clock.advance(1_000);
    expect([guard.condition, adapter.pings, adapter.reconnects]).toEqual(['degraded', 3, 1]);
  });

  test('while pings pass and calls fail, pings alone do not end down twice', async () => {
    const { guard, adapter, clock } = guarded({ breaker: { share: 0.5, volume: 2, openForMs: 5_000 } });
    const seen: string[] = [];
    guard.on('condition', ({ condition }) => seen.push(condition));
    adapter.serves = 'not-primary';
    adapter.pingServes = true;
    for (let second = 0; second < 60; second++) {
      await guard.tryRun(ask);
      await clock.advance(1_000);
    }
    expect(guard.condition).toBe('down');
    expect(seen.filter((condition) => condition === 'ok').length).toBeLessThanOrEqual(1);
    adapter.serves = true;
    await clock.advance(5_000);
    await guard.tryRun(ask);
    expect(guard.condition).toBe('ok');
  });

  test('an idle client’s end is looked into, and a storm of them with one ping', async () => {
    const { guard, adapter } = guarded();
    await guard.run(ask);
    for (let count = 0; count < 50; count++) adapter.onFault?.(new StandInError('unreachable'));
    await settled();
    expect([guard.condition, adapter.pings]).toEqual(['ok', 1]);
  });

  test('a guard that is not used pings, so that ok is never old; without idlePingMs it does not', async () => {
    const used = guarded({ idlePingMs: 30_000 });
    const quiet = guarded({ idlePingMs: 0 });
    await used.guard.run(ask);
    await quiet.guard.run(ask);
    await used.clock.advance(31_000);
    await quiet.clock.advance(31_000);
    expect([used.adapter.pings, quiet.adapter.pings]).toEqual([1, 0]);
    used.adapter.serves = 'unreachable';
    await used.clock.advance(31_000);
    expect(used.guard.condition).toBe('down');
  });

  test('a ping that never answers ends with its deadline', async () => {
    const { guard, adapter, clock } = guarded();
    adapter.serves = 'never';
    const call = guard.tryRun(ask);
    await clock.advance(1_010);
    await call;
    await clock.advance(10_000);
    expect(guard.condition).toBe('down');
    expect(adapter.pings).toBeGreaterThan(2);
    adapter.serves = true;
    await clock.advance(60_000);
    expect(guard.condition).toBe('ok');
  });
});
