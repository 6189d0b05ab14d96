import type { Cache } from '../../cache.ts';
import { checkNumber, checkObject } from '../../check.ts';
import { OptionError } from '../../fault.ts';
import { type EnvelopeProblem, opened, sealed } from './envelope.ts';
import { type RedisCacheClient, type StoreCall, storeOver } from './store.ts';

export interface RedisCacheOptions {
  /** Stands before every key, such as `runbook:`; two applications must not share one. 1 to 200 characters. */
  readonly prefix: string;
  /**
   * The version of the application's values, which changes when the new code cannot read what the old one stored:
   * 0 to 2,147,483,647. Entries of another version, or without one, count as not cached. Default: none.
   */
  readonly schema?: number;
  /** How long Redis keeps an entry, in ms: 1 to 31,536,000,000. Default: for ever. */
  readonly ttlMs?: number;
  /** For each answer of Redis, in ms: 1 to 60,000. Default 500. */
  readonly deadlineMs?: number;
  /** Of one entry as JSON, in UTF-16 units: 1 to 536,870,912. Default 1,048,576. */
  readonly maximumLength?: number;
  /** Told of an entry that cannot be read; it then counts as not cached. Default: a process warning, once. */
  readonly onUnreadable?: (unreadable: UnreadableEntry) => void;
}

export interface UnreadableEntry {
  /** Without the prefix. */
  readonly key: string;
  readonly problem: EnvelopeProblem;
}

/**
 * - `PRUNELLA_CACHE_DEADLINE`: Redis did not answer in time
 * - `PRUNELLA_CACHE_TOO_LARGE`: the entry is larger than `maximumLength`, and was not stored
 */
export class RedisCacheError extends Error {
  override readonly name = 'RedisCacheError';
  readonly code: 'PRUNELLA_CACHE_DEADLINE' | 'PRUNELLA_CACHE_TOO_LARGE';

  constructor(code: RedisCacheError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Last known values in Redis, shared by all instances of an application, over a client of ioredis or node-redis that it owns. Never waits
 * longer than its deadline, nor for a connection that is lost: it rejects, and the guard goes on without.
 * Throws an `OptionError` for a wrong option.
 */
export function redisCache(client: RedisCacheClient, options: RedisCacheOptions): Cache {
  const begin = storeOver(client);
  const { prefix, schema, ttlMs, deadlineMs, maximumLength, onUnreadable } = checked(options);

  /** One command, which is taken back where it is late and not yet sent. */
  async function within<Answer>(command: (redis: StoreCall['commands']) => Promise<Answer>): Promise<Answer> {
    const { lease, commands } = begin();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new RedisCacheError('PRUNELLA_CACHE_DEADLINE', `no answer of Redis within ${deadlineMs} ms`));
        lease.abandon();
      }, deadlineMs);
      timer.unref();
    });
    try {
      return await Promise.race([command(commands), late]);
    } finally {
      clearTimeout(timer);
      lease.end();
    }
  }

  return {
    async get(key) {
      const text = await within((redis) => redis.get(prefix + key));
      if (text === null) return undefined;
      const entry = opened(text, schema);
      if (typeof entry !== 'string') return entry;
      onUnreadable({ key, problem: entry });
      return undefined;
    },
    async set(key, entry) {
      const text = sealed(entry, schema);
      if (text.length > maximumLength) throw tooLarge(key, text.length, maximumLength);
      await within((redis) => redis.set(prefix + key, text, ttlMs));
    },
  };
}

function checked(options: RedisCacheOptions) {
  checkObject('redisCache', options, [
    'prefix',
    'schema',
    'ttlMs',
    'deadlineMs',
    'maximumLength',
    'onUnreadable',
  ]);
  const { prefix, schema, ttlMs, onUnreadable } = options;
  if (typeof prefix !== 'string' || prefix.length < 1 || prefix.length > 200) {
    throw new OptionError('prefix', prefix, 'a text of 1 to 200 characters');
  }
  if (onUnreadable !== undefined && typeof onUnreadable !== 'function') {
    throw new OptionError('onUnreadable', onUnreadable, 'a function');
  }
  return {
    prefix,
    schema: schema === undefined ? undefined : checkNumber('schema', schema, 0, 2_147_483_647, true),
    ttlMs: ttlMs === undefined ? undefined : checkNumber('ttlMs', ttlMs, 1, 31_536_000_000, true),
    deadlineMs: checkNumber('deadlineMs', options.deadlineMs ?? 500, 1, 60_000),
    maximumLength: checkNumber('maximumLength', options.maximumLength ?? 1_048_576, 1, 536_870_912, true),
    onUnreadable: telling(onUnreadable ?? warnOnce(prefix)),
  };
}

/** A listener's own mistake must not make a miss a failure. */
function telling(listener: (unreadable: UnreadableEntry) => void): (unreadable: UnreadableEntry) => void {
  return (unreadable) => {
    try {
      listener(unreadable);
    } catch (error) {
      process.emitWarning(`onUnreadable of redisCache threw: ${String(error)}`, 'PrunellaWarning');
    }
  };
}

function warnOnce(prefix: string): (unreadable: UnreadableEntry) => void {
  let warned = false;
  return ({ key, problem }) => {
    if (warned) return;
    warned = true;
    const what = `the cache entry ${prefix}${key} cannot be read (${problem}) and counts as missing`;
    process.emitWarning(
      `${what}; further ones are not told: give onUnreadable to see them`,
      'PrunellaWarning',
    );
  };
}

function tooLarge(key: string, length: number, maximumLength: number): RedisCacheError {
  return new RedisCacheError(
    'PRUNELLA_CACHE_TOO_LARGE',
    `the cache entry ${key} has ${length} characters, more than maximumLength (${maximumLength}); it is not stored`,
  );
}
