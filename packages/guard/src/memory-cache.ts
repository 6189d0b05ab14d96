import type { Cache } from './cache.ts';
import { checkNumber, checkObject } from './check.ts';

export interface MemoryCacheOptions {
  /** 1 to 10,000,000. Default 10,000. */
  readonly maximumEntries?: number;
  /** Of keys and values as JSON, about; 1 to 1,099,511,627,776. Default 33,554,432. */
  readonly maximumBytes?: number;
}

interface Kept {
  readonly text: string;
  readonly storedAt: number;
  readonly pending: boolean;
}

/**
 * Last known values in this process. What was used longest ago goes first; what alone is too large is not kept.
 * Values are kept as JSON text, so that nobody changes them behind the cache's back.
 */
export function memoryCache(options: MemoryCacheOptions = {}): Cache {
  checkObject('memoryCache', options, ['maximumEntries', 'maximumBytes']);
  const maximumEntries = checkNumber('maximumEntries', options.maximumEntries ?? 10_000, 1, 1e7, true);
  const maximumBytes = checkNumber('maximumBytes', options.maximumBytes ?? 2 ** 25, 1, 2 ** 40);
  // A Map keeps the order of insertion, which is made the order of use.
  const entries = new Map<string, Kept>();
  let bytes = 0;

  function drop(key: string): void {
    const kept = entries.get(key);
    if (kept !== undefined) bytes -= approximateBytes(key, kept.text);
    entries.delete(key);
  }

  return {
    async get(key) {
      const kept = entries.get(key);
      if (kept === undefined) return undefined;
      entries.delete(key);
      entries.set(key, kept);
      return { value: JSON.parse(kept.text), storedAt: kept.storedAt, pending: kept.pending };
    },
    async set(key, { value, storedAt, pending }) {
      const text = JSON.stringify(value);
      drop(key);
      if (text === undefined || approximateBytes(key, text) > maximumBytes) return;
      entries.set(key, { text, storedAt, pending });
      bytes += approximateBytes(key, text);
      for (const oldest of entries.keys()) {
        if (bytes <= maximumBytes && entries.size <= maximumEntries) break;
        drop(oldest);
      }
    },
  };
}

/** Two bytes a character, as V8 needs at most. */
function approximateBytes(key: string, text: string): number {
  return 2 * (key.length + text.length);
}
