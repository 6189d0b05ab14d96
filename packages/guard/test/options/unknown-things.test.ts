import { type Cache, memoryCache, OptionError } from '@prunella/guard';
import { layeredCache } from '@prunella/guard/cache-layered';
import { pgClient, pgPool } from '@prunella/guard/pg';
import { redisClient } from '@prunella/guard/redis';
import { describe, expect, test } from 'vitest';
import { guarded } from '../runtime/guarded.ts';
import type { Wrong } from './wrong.ts';

describe('an event that there is not', () => {
  test.each([['nope'], ['Fault'], [undefined], ['toString']])(
    '%j is refused, with those that there are',
    (name) => {
      const { guard } = guarded();
      const listen = () => guard.on(name as Wrong, () => {});
      expect(listen).toThrow(OptionError);
      expect(listen).toThrow(/option event.*condition, fault, reconnect.*setAside, cache, directive/);
    },
  );

  test('and a listener that is none', () => {
    expect(() => guarded().guard.on('fault', 'nope' as Wrong)).toThrow(/option listener.*a function/);
  });
});

describe('what looks like a cache and is none', () => {
  const client = { get: async () => 'text', set: async () => 'OK', sendCommand: async () => 'OK' };
  const none = [
    ['a Map', new Map()],
    ['a WeakMap', new WeakMap()],
    ['URLSearchParams', new URLSearchParams()],
    ['a client of Redis', client],
  ] as const;

  test.each(none)('%s is refused where the guard is made', (_name, cache) => {
    expect(() => guarded({ cache: cache as Wrong })).toThrow(
      /option cache.*a cache, such as memoryCache\(\)/,
    );
    expect(() => layeredCache({ shared: cache as Wrong })).toThrow(/option shared.*a cache/);
  });

  test('a cache of the application’s own is taken', async () => {
    const inside = memoryCache();
    class Own implements Cache {
      get = inside.get;
      set = inside.set;
    }
    const { guard } = guarded({ cache: new Own() });
    expect((await guard.read({ key: 'a', load: () => 1 })).value).toBe(1);
  });
});

describe('options of one call', () => {
  const wrong = [
    ['deadline', { deadline: 5 }],
    ['options', 5_000],
    ['signal', { deadlineMs: 5, signal: AbortSignal.abort() }],
  ] as const;

  test.each(wrong)('refuse what is unknown: %s', (option, options) => {
    const { guard } = guarded();
    expect(() => guard.run(() => 1, options as Wrong)).toThrow(`option ${option}`);
    expect(() => guard.tryRun(() => 1, options as Wrong)).toThrow(`option ${option}`);
  });

  test('load and merge of a read are functions', async () => {
    const { guard } = guarded();
    await expect(guard.read({ key: 'a', load: 'nope' as Wrong })).rejects.toThrow('option load');
    await expect(guard.read({ key: 'a', load: () => 1, merge: 1 as Wrong })).rejects.toThrow('option merge');
  });
});

test('what is of no supported driver is told which driver is', () => {
  const ofOtherDrivers = Object.assign(() => {}, { unsafe: () => {}, end: () => {} });
  const ofNodeRedis4 = { sendCommand: () => {}, on: () => {}, removeListener: () => {}, v4: {} };
  expect(() => pgPool(ofOtherDrivers as Wrong)).toThrow('a pool of node-postgres 8.11 or later');
  expect(() => pgClient({ query: () => {} } as Wrong)).toThrow('a client of node-postgres 8.11 or later');
  expect(() => redisClient(ofNodeRedis4 as Wrong)).toThrow('a client of node-redis 6');
});
