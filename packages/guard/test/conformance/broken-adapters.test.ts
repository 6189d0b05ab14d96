import type { Adapter, Lease } from '@prunella/guard';
import { adapterChecks } from '@prunella/guard/conformance';
import { describe, expect, it } from 'vitest';
import { type StandInHandle, standInAdapter } from '../documents/writing-an-adapter.ts';
import { describeConformance } from './servers.ts';
import type { StandInPool } from './stand-in-driver.ts';
import { standInHarness } from './stand-in-harness.ts';

type Good = Adapter<StandInHandle>;

const soon = { deadlineMs: 50, patienceMs: 300 };

/** A lease that differs from a good one. */
function withLease(good: Good, change: (lease: Lease<StandInHandle>) => Partial<Lease<StandInHandle>>): Good {
  return {
    ...good,
    lease() {
      const lease = good.lease();
      const plain: Lease<StandInHandle> = {
        handle: lease.handle,
        abandon: () => lease.abandon(),
        waitsForOwnPool: () => lease.waitsForOwnPool(),
        end: () => lease.end(),
      };
      return { ...plain, ...change(lease) };
    },
  };
}

/** For each check an adapter that is wrong in just that. */
const broken: Record<string, (good: Good, pool: StandInPool) => Good> = {
  'names its driver': (good) => ({ ...good, driver: '' }),
  'classifies whatever is thrown': (good) => ({
    ...good,
    classify: (error) => good.classify(Reflect.get(error as Error, 'cause') ?? error),
  }),
  "takes what the application's own code throws for its own": (good) => ({
    ...good,
    classify: (error) =>
      error instanceof TypeError
        ? { kind: 'unknown', outcomeUnknown: true, evict: true }
        : good.classify(error),
  }),
  'takes a refused mistake for the caller, and serves on': (good) => ({
    ...good,
    classify: (error) => ({ ...good.classify(error), outcomeUnknown: true }),
  }),
  'answers calls, many at once, and pings': (good) => ({
    ...good,
    ping: () => Promise.reject(new Error('no ping')),
  }),
  'refuses a handle whose call has ended': (good, pool) =>
    withLease(good, () => ({
      handle: { ask: (question) => pool.ask(question) },
      waitsForOwnPool: () => true,
    })),
  'takes abandon and end in any order without throwing': (good) =>
    withLease(good, (lease) => {
      let abandoned = 0;
      return {
        abandon() {
          abandoned += 1;
          if (abandoned > 1) throw new Error('abandoned twice');
          lease.abandon();
        },
      };
    }),
  'tells a call at the resource from one that waits for something else': (good) =>
    withLease(good, () => ({ waitsForOwnPool: () => false })),
  'lets every abandoned call settle, and serves on': (good) =>
    withLease(good, (lease) => {
      let isAbandoned = false;
      return {
        abandon() {
          isAbandoned = true;
          lease.abandon();
        },
        handle: {
          ask: (question) =>
            lease.handle.ask(question).catch((error) => {
              if (isAbandoned) return new Promise(() => {});
              throw error;
            }),
        },
      };
    }),
  'is not starved by calls that missed their deadline': (good) => withLease(good, () => ({ abandon() {} })),
  'ends a ping with its signal': (good) => ({
    ...good,
    ping: () => good.ping(new AbortController().signal),
  }),
  'blames a server that is gone, and serves when it is back': (good) => ({
    ...good,
    classify: (error) => ({ ...good.classify(error), kind: 'local' }),
  }),
  'evicts a client that is broken, and that one only': (good) => ({
    ...good,
    classify: (error) => ({ ...good.classify(error), evict: false }),
  }),
  'patches nothing of what was lent': (good, pool) => {
    const ask = pool.ask.bind(pool);
    pool.ask = (question) => ask(question);
    return good;
  },
  'leaves what was lent usable, whatever is called and closed': (good, pool) => ({
    ...good,
    close: async () => pool.end(),
  }),
  'leaves no listener behind': (good) => ({
    ...good,
    watch(onFault) {
      good.watch?.(onFault);
      return () => {};
    },
  }),
  'tells of a lost server while it is watched, and nothing afterwards': (good) => ({
    ...good,
    watch: () => () => {},
  }),
  'leaves no timer running that keeps the process alive': (good) =>
    withLease(good, (lease) => ({
      end() {
        lease.end();
        setTimeout(() => {}, 1_000);
      },
    })),
};

describeConformance('a stand-in', standInHarness());

describe('an adapter that is wrong in one thing', () => {
  it('is known for each check', () => {
    expect(Object.keys(broken)).toEqual(adapterChecks(standInHarness()).map(({ name }) => name));
  });

  it.each(Object.entries(broken))('fails "%s"', async (name, breakIt) => {
    const harness = standInHarness((pool) => breakIt(standInAdapter(pool), pool));
    const check = adapterChecks(harness, soon).find((one) => one.name === name);
    await expect(check?.run()).rejects.toMatchObject({ code: 'PRUNELLA_CONFORMANCE' });
  });

  it('fails a check by a rejection that nobody handles', async () => {
    // vitest would fail the whole run for it.
    const listeners = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    try {
      const harness = standInHarness((pool) => {
        const good = standInAdapter(pool);
        return withLease(good, () => ({ end: () => void Promise.reject(new Error('forgotten')) }));
      });
      const check = adapterChecks(harness).find(({ name }) => name.startsWith('answers'));
      await expect(check?.run()).rejects.toThrow(/handled by nobody: Error: forgotten/);
    } finally {
      for (const listener of listeners) process.on('unhandledRejection', listener);
    }
  });
});

describe('the checks', () => {
  it('leave out what the harness has no part for', () => {
    const { mistake, slow, breakClient, useLent, ...least } = standInHarness();
    const names = adapterChecks(least).map(({ name }) => name);
    expect(names).not.toContain('is not starved by calls that missed their deadline');
    expect(names).toContain('names its driver');
  });

  it.each([
    [{ ...standInHarness(), lend: undefined as never }, {}, /^option harness: .* lend/],
    [{ ...standInHarness(), server: {} as never }, {}, /^option harness\.server: .* start/],
    [standInHarness(), { patienceMs: 0 }, /^option patienceMs: /],
    [standInHarness(), { patience: 5 } as object, /^option patience: /],
  ])('refuse a wrong harness or option', (harness, options, message) => {
    expect(() => adapterChecks(harness, options)).toThrow(message);
  });
});
