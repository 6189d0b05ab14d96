import type { Cache, CachedValue } from '../../cache.ts';
import { checkCache, checkMethods, checkNumber, checkObject } from '../../check.ts';
import { type Clock, systemClock } from '../../clock.ts';
import { OptionError } from '../../fault.ts';
import { memoryCache } from '../../memory-cache.ts';
import { NewerCopies } from './newer-copies.ts';

export interface LayeredCacheOptions {
  /** Shared by all instances of the application, such as `redisCache(…)`. */
  readonly shared: Cache;
  /** Of the copies in memory: 1 to 10,000,000. Default 10,000. */
  readonly maximumEntries?: number;
  /** Of the copies in memory: 1 to 1,099,511,627,776. Default 33,554,432. */
  readonly maximumBytes?: number;
  /**
   * How long one answer of the shared cache is waited for, in ms: 1 to 60,000. Default 200. Less than the guard's
   * `cacheDeadlineMs`, or the guard gives up before the copy in memory is asked.
   */
  readonly deadlineMs?: number;
  /** How long the shared cache is left alone after it failed, in ms: 0 to 60,000. Default 1,000. */
  readonly restMs?: number;
  /** Told of each failure of the shared cache. Default: a process warning, once. */
  readonly onFault?: (fault: SharedCacheFault) => void;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

export interface SharedCacheFault {
  readonly key: string;
  readonly doing: 'get' | 'set';
  readonly error: unknown;
}

/**
 * A shared cache before a copy in this process's memory: where the shared one is lost together with the resource,
 * the last value that this process saw is still an answer. What could not be stored in the shared cache is newer
 * than what is there, so this process goes on with its own until it could store again.
 * Throws an `OptionError` for a wrong option.
 */
export function layeredCache(options: LayeredCacheOptions): Cache {
  const { shared, memory, newer, deadlineMs, restMs, clock, onFault } = checked(options);
  let restsUntil = Number.NEGATIVE_INFINITY;

  function failed(key: string, doing: SharedCacheFault['doing'], error: unknown): void {
    restsUntil = clock.now() + restMs;
    try {
      onFault({ key, doing, error });
    } catch (thrown) {
      process.emitWarning(`onFault of layeredCache threw: ${String(thrown)}`, 'PrunellaWarning');
    }
  }

  async function inTime<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    let cancel = () => {};
    const late = new Promise<never>((_resolve, reject) => {
      const error = new Error(`no answer of the shared cache within ${deadlineMs} ms`);
      cancel = clock.after(deadlineMs, () => reject(error));
    });
    try {
      return await Promise.race([work(), late]);
    } finally {
      cancel();
    }
  }

  return {
    async get(key) {
      if (clock.now() < restsUntil || newer.has(key)) {
        const own = await memory.get(key);
        if (own !== undefined) return own;
        newer.delete(key);
        // An unknown copy is not an absent one: what is not known must not be overwritten.
        if (clock.now() < restsUntil) throw new Error('the shared cache failed a moment ago');
      }
      let found: CachedValue | undefined;
      try {
        found = await inTime(() => shared.get(key));
      } catch (error) {
        failed(key, 'get', error);
        const own = await memory.get(key);
        if (own === undefined) throw error;
        return own;
      }
      // A shared cache that has lost all it held is a lost cache, too.
      if (found === undefined) return memory.get(key);
      await memory.set(key, found);
      return found;
    },
    async set(key, entry) {
      await memory.set(key, entry);
      const change = newer.add(key);
      if (clock.now() < restsUntil) return;
      try {
        await inTime(() => shared.set(key, entry));
        newer.stored(key, change);
      } catch (error) {
        failed(key, 'set', error);
      }
    },
  };
}

function checked(options: LayeredCacheOptions) {
  checkObject('layeredCache', options, [
    'shared',
    'maximumEntries',
    'maximumBytes',
    'deadlineMs',
    'restMs',
    'onFault',
    'clock',
  ]);
  const { shared, maximumEntries = 10_000, maximumBytes, onFault, clock = systemClock } = options;
  checkCache('shared', shared);
  checkMethods('clock', clock, ['now', 'wall', 'after']);
  if (onFault !== undefined && typeof onFault !== 'function') {
    throw new OptionError('onFault', onFault, 'a function');
  }
  const memory = memoryCache({ maximumEntries, ...(maximumBytes !== undefined && { maximumBytes }) });
  return {
    shared,
    memory,
    newer: new NewerCopies(maximumEntries),
    deadlineMs: checkNumber('deadlineMs', options.deadlineMs ?? 200, 1, 60_000),
    restMs: checkNumber('restMs', options.restMs ?? 1_000, 0, 60_000),
    clock,
    onFault: onFault ?? warnOnce(),
  };
}

function warnOnce(): (fault: SharedCacheFault) => void {
  let warned = false;
  return ({ doing, key, error }) => {
    if (warned) return;
    warned = true;
    const what = `the shared cache failed (${doing} ${key}): ${String(error)}`;
    process.emitWarning(
      `${what}; copies in memory are used; give onFault to see further ones`,
      'PrunellaWarning',
    );
  };
}
