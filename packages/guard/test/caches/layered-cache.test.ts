import { type Cache, type CachedValue, memoryCache, OptionError } from '@prunella/guard';
import { layeredCache, type SharedCacheFault } from '@prunella/guard/cache-layered';
import { describe, expect, test } from 'vitest';
import { faultOf, guarded } from '../runtime/guarded.ts';
import { ManualClock } from '../runtime/manual-clock.ts';

const entry = (value: unknown): CachedValue => ({ value, storedAt: 1, pending: false });

/** A shared cache that serves, fails or hangs as the test says. */
class SharedCache implements Cache {
  serves: 'well' | 'failing' | 'hanging' = 'well';
  inside = memoryCache();
  asked = 0;

  get(key: string): Promise<CachedValue | undefined> {
    return this.#served(() => this.inside.get(key));
  }

  set(key: string, value: CachedValue): Promise<void> {
    return this.#served(() => this.inside.set(key, value));
  }

  #served<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    this.asked++;
    if (this.serves === 'hanging') return new Promise(() => {});
    if (this.serves === 'failing') return Promise.reject(new Error('connection refused'));
    return work();
  }
}

function layered(options: object = {}) {
  const clock = new ManualClock();
  const shared = new SharedCache();
  const faults: SharedCacheFault[] = [];
  const cache = layeredCache({ shared, clock, onFault: (fault) => faults.push(fault), ...options });
  return { clock, shared, faults, cache };
}

describe('a shared cache before a copy in memory', () => {
  test('answers from the shared one while that serves', async () => {
    const { cache, shared } = layered();
    await cache.set('a', entry(1));
    await shared.inside.set('a', entry(2));
    expect(await cache.get('a')).toEqual(entry(2));
  });

  test('answers what this process saw last where the shared one fails, hangs or has lost all', async () => {
    const { cache, shared, clock, faults } = layered();
    await cache.set('a', entry(1));
    await shared.inside.set('b', entry(2));
    await cache.get('b');
    shared.serves = 'failing';
    expect([await cache.get('a'), await cache.get('b')]).toEqual([entry(1), entry(2)]);
    expect(faults).toEqual([{ key: 'a', doing: 'get', error: new Error('connection refused') }]);
    await clock.advance(1_001);
    shared.serves = 'hanging';
    const late = cache.get('a');
    await clock.advance(200);
    expect(await late).toEqual(entry(1));
    await clock.advance(1_001);
    shared.serves = 'well';
    shared.inside = memoryCache();
    expect(await cache.get('a')).toEqual(entry(1));
  });

  test('leaves the shared one alone for a while after it failed', async () => {
    const { cache, shared, clock } = layered({ restMs: 500 });
    await cache.set('a', entry(1));
    shared.serves = 'failing';
    const before = shared.asked;
    for (let count = 0; count < 10; count++) await cache.get('a');
    await cache.set('a', entry(2));
    expect(shared.asked).toBe(before + 1);
    await clock.advance(501);
    await cache.set('b', entry(2));
    expect(shared.asked).toBe(before + 2);
  });

  test('does not call absent what it could not look up', async () => {
    const { cache, shared } = layered();
    shared.serves = 'failing';
    await expect(cache.get('a')).rejects.toThrow('connection refused');
    await expect(cache.get('a')).rejects.toThrow('failed a moment ago');
  });

  test('goes on with its own newer copy until the shared one has taken it', async () => {
    const { cache, shared, clock } = layered();
    await cache.set('a', entry(5));
    shared.serves = 'failing';
    await cache.set('a', entry(6));
    shared.serves = 'well';
    await clock.advance(1_001);
    expect(await cache.get('a')).toEqual(entry(6));
    await cache.set('a', entry(7));
    expect(await shared.inside.get('a')).toEqual(entry(7));
    await shared.inside.set('a', entry(8));
    expect(await cache.get('a')).toEqual(entry(8));
  });

  test('is bounded in memory', async () => {
    const { cache, shared, clock } = layered({ maximumEntries: 2 });
    shared.serves = 'failing';
    for (const key of ['a', 'b', 'c']) await cache.set(key, entry(key));
    await expect(cache.get('a')).rejects.toThrow('failed a moment ago');
    expect(await cache.get('c')).toEqual(entry('c'));
    shared.serves = 'well';
    await clock.advance(1_001);
    expect(await cache.get('a')).toBeUndefined();
  });

  test('refuses wrong options', () => {
    for (const wrong of [{ shared: {} }, { restMs: -1 }, { onFault: 1 }, { deadline: 5 }]) {
      expect(() => layered(wrong)).toThrow(OptionError);
    }
  });
});

test('with resource and cache both lost, a read answers the last known value, then the fault', async () => {
  const { cache, shared } = layered();
  const { guard, adapter } = guarded({ cache });
  const read = (key: string) =>
    guard.read({
      key,
      load: async (handle) => {
        await handle.ask();
        return 1;
      },
    });
  await read('a');
  adapter.serves = 'unreachable';
  shared.serves = 'failing';
  expect(await read('a')).toMatchObject({ value: 1, cacheOnly: true });
  expect((await faultOf(read('b'))).kind).toBe('unreachable');
});
