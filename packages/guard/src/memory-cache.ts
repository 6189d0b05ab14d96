import type { Cache, CachedValue } from './cache.ts';
import { checkNumber, checkObject } from './check.ts';

export interface MemoryCacheOptions {
  /** 1 to 10,000,000. Default 10,000. */
  readonly maximumEntries?: number;
  /** Of keys and values as JSON, about; 1 to 1,099,511,627,776. Default 33,554,432. */
  readonly maximumBytes?: number;
}

/** Last known values in this process. What was used longest ago goes first; what alone is too large, at once. */
export function memoryCache(options: MemoryCacheOptions = {}): Cache {
  checkObject('memoryCache', options, ['maximumEntries', 'maximumBytes']);
  const maximumEntries = checkNumber('maximumEntries', options.maximumEntries ?? 10_000, 1, 1e7, true);
  const maximumBytes = checkNumber('maximumBytes', options.maximumBytes ?? 2 ** 25, 1, 2 ** 40);
  // A Map keeps the order of insertion, which is made the order of use.
  const kept = new Map<string, { readonly entry: CachedValue; readonly bytes: number }>();
  let bytes = 0;

  function drop(key: string): void {
    bytes -= kept.get(key)?.bytes ?? 0;
    kept.delete(key);
  }

  return {
    async get(key) {
      const found = kept.get(key);
      if (found === undefined) return undefined;
      kept.delete(key);
      kept.set(key, found);
      return found.entry;
    },
    async set(key, entry) {
      const size = approximateBytes(entry.value) + 2 * key.length;
      drop(key);
      if (size > maximumBytes) return;
      kept.set(key, { entry, bytes: size });
      bytes += size;
      for (const oldest of kept.keys()) {
        if (bytes <= maximumBytes && kept.size <= maximumEntries) break;
        drop(oldest);
      }
    },
  };
}

/** Two bytes a character of its JSON: above what V8 mostly needs, and cheap to know. */
export function approximateBytes(value: unknown): number {
  return 2 * (JSON.stringify(value)?.length ?? 0);
}
