import { type Adapter, attach, type Lease } from '@prunella/guard';
import { overload } from '@prunella/guard/overload';
import { readMany } from '@prunella/guard/reads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { faultOf, guarded } from './guarded.ts';
import { ManualClock, settled } from './manual-clock.ts';
import { StandInAdapter, StandInError, type StandInHandle } from './stand-in-adapter.ts';

type Asked = 'abandon' | 'end' | 'waitsForOwnPool' | 'mayHaveSent' | 'judge';
const asked: readonly Asked[] = ['abandon', 'end', 'waitsForOwnPool', 'mayHaveSent', 'judge'];

let warnings: string[] = [];
const unhandled: unknown[] = [];
const onWarning = ({ message }: Error) => void warnings.push(message);
const onUnhandled = (reason: unknown) => void unhandled.push(reason);

beforeEach(() => {
  warnings = [];
  unhandled.length = 0;
  process.on('warning', onWarning);
  process.on('unhandledRejection', onUnhandled);
});
afterEach(() => {
  process.off('warning', onWarning);
  process.off('unhandledRejection', onUnhandled);
});

/** A guard around an adapter of somebody else's; each test has a driver's name of its own, since a warning comes once. */
function wrong(driver: string, inLease: Readonly<Partial<Record<Asked, () => unknown>>>) {
  const clock = new ManualClock();
  const inside = new StandInAdapter();
  const adapter: Adapter<StandInHandle> = {
    driver,
    classify: (error) => inside.classify(error),
    ping: () => inside.ping(),
    lease: () => Object.assign(inside.lease(), inLease) as Lease<StandInHandle>,
  };
  const guard = attach(adapter, {
    resource: 'stand-in/main',
    deadlineMs: 100,
    clock,
    breaker: { consecutive: 100 },
  });
  return { clock, inside, guard };
}

const thrower = () => {
  throw new Error('mine');
};
const rejecter = () => Promise.reject(new Error('mine'));

describe.each([
  ['throws', thrower],
  ['rejects', rejecter],
] as const)('a lease that %s', (how, mistake) => {
  test.each(asked)(
    'in %s breaks neither the call nor the timer of deadlines, and is told of once',
    async (what) => {
      const { clock, inside, guard } = wrong(`${what}-${how}`, { [what]: mistake });
      expect(await guard.run((handle) => handle.ask())).toBe('answer');
      inside.serves = 'corrupt';
      expect((await faultOf(guard.run((handle) => handle.ask()))).kind).toBe('corrupt');
      for (let miss = 0; miss < 2; miss++) {
        const late = faultOf(guard.run(() => new Promise(() => {})));
        const beside = faultOf(guard.run(() => new Promise(() => {})));
        await clock.advance(110);
        expect(await late).toMatchObject({
          code: 'PRUNELLA_DEADLINE',
          kind: 'timeout',
          outcomeUnknown: true,
        });
        expect((await beside).code).toBe('PRUNELLA_DEADLINE');
      }
      await settled();
      expect(warnings.filter((text) => text.includes(`${what}-${how}`))).toEqual([
        expect.stringContaining(`its ${what} failed`),
      ]);
      expect(unhandled).toEqual([]);
    },
  );
});

test('a lease that cannot say whether it waits is not taken to wait, nor for one that has sent nothing', async () => {
  const { clock, guard } = wrong('silent', {
    waitsForOwnPool: async () => true,
    mayHaveSent: async () => false,
  });
  const late = faultOf(guard.run(() => new Promise(() => {})));
  await clock.advance(110);
  expect(await late).toMatchObject({ kind: 'timeout', outcomeUnknown: true });
  await settled();
  expect(warnings.join()).toMatch(/waitsForOwnPool failed.*promise/);
});

test('a lease whose judgement is none is not heard', async () => {
  const { inside, guard } = wrong('no-judge', { judge: () => ({ kind: 'bad luck' }) });
  inside.serves = 'overloaded';
  expect((await faultOf(guard.run((handle) => handle.ask()))).kind).toBe('overloaded');
  await settled();
  expect(warnings.join()).toContain('its judge failed');
});

test('an adapter whose classification is none leaves a fault of unknown kind', async () => {
  const adapter = new StandInAdapter();
  Object.assign(adapter, { driver: 'no-classify', classify: () => undefined });
  const guard = attach(adapter, { resource: 'stand-in/main', clock: new ManualClock() });
  adapter.serves = 'overloaded';
  expect(await faultOf(guard.run((handle) => handle.ask()))).toMatchObject({
    kind: 'unknown',
    outcomeUnknown: true,
  });
});

test('an adapter that throws where it stops listening does not keep the guard from detaching', async () => {
  const { adapter, guard } = guarded();
  const other = new StandInAdapter();
  Object.assign(other, { driver: 'no-end', watch: () => thrower });
  const watched = attach(other, { resource: 'stand-in/main', clock: new ManualClock() });
  expect(await watched.detach()).toEqual({ lostWrites: 0 });
  expect(await guard.detach()).toEqual({ lostWrites: 0 });
  expect([other.closed, adapter.closed]).toEqual([1, 1]);
});

test('where lease itself throws nothing was sent, so the outcome is known', async () => {
  const { adapter, guard } = guarded();
  adapter.lease = () => {
    throw new StandInError('unreachable');
  };
  expect(await faultOf(guard.run((handle) => handle.ask()))).toMatchObject({
    kind: 'unreachable',
    outcomeUnknown: false,
  });
});

describe('a read that has joined another and has less time', () => {
  const never = () => new Promise<never>(() => {});

  test('is local where the other waits for the application’s own pool', async () => {
    const { adapter, guard, clock } = guarded();
    adapter.waiting = true;
    const leader = faultOf(guard.read({ key: 'a', load: never }));
    const joined = faultOf(guard.read({ key: 'a', load: never, deadlineMs: 100 }));
    await clock.advance(110);
    expect(await joined).toMatchObject({ code: 'PRUNELLA_DEADLINE', kind: 'local' });
    expect(adapter.leases).toBe(1);
    expect(guard.condition).toBe('unknown');
    await clock.advance(1_000);
    expect((await leader).kind).toBe('local');
  });

  test('is local where the other waits for a place in the guard’s own limit', async () => {
    const { adapter, guard, clock } = guarded();
    overload(guard, { maximumCalls: 1 });
    const holding = Promise.withResolvers<void>();
    const running = guard.run(() => holding.promise, { deadlineMs: 5_000 });
    const leader = guard.read({ key: 'a', load: () => 1 });
    const joined = faultOf(guard.read({ key: 'a', load: () => 1, deadlineMs: 100 }));
    await clock.advance(110);
    expect((await joined).kind).toBe('local');
    expect(adapter.leases).toBe(1);
    holding.resolve();
    await running;
    expect((await leader).value).toBe(1);
  });

  test('is local in readMany, too', async () => {
    const { adapter, guard, clock } = guarded();
    adapter.waiting = true;
    const leader = readMany(guard, { keys: ['a'], load: never });
    const joined = faultOf(guard.read({ key: 'a', load: never, deadlineMs: 100 }));
    await clock.advance(110);
    expect((await joined).kind).toBe('local');
    await clock.advance(1_000);
    await leader;
  });
});
