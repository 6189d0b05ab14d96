import type { Cache } from './cache.ts';
import type { Clock } from './clock.ts';

export interface GuardOptions {
  /** `kind/name`, such as `postgres/main`: the name that playbooks use. */
  readonly resource: string;
  /** For each call and ping, in ms: 1 to 3,600,000. Default 5,000. */
  readonly deadlineMs?: number;
  /** When calls are no longer tried. Default `{ share: 0.5, volume: 5, openForMs: 5000 }`. */
  readonly breaker?: ShareBreaker | ConsecutiveBreaker;
  /** Full jitter: after try n a random time up to `min(capMs, baseMs * 2^n)`. */
  readonly reconnect?: {
    /** 1 to 60,000. Default 500. */
    readonly baseMs?: number;
    /** At least `baseMs`, at most 3,600,000. Default 60,000. */
    readonly capMs?: number;
  };
  /**
   * A guard that was well but not used for this long pings, so that it never calls old evidence `ok`; 0 to
   * 3,600,000, 0 turns it off. Default 30,000.
   */
  readonly idlePingMs?: number;
  /** Where last known values live. Default: `memoryCache()`, one for this guard. */
  readonly cache?: Cache;
  /** How long one answer of the cache is waited for, in ms: 1 to 60,000. Default 500. */
  readonly cacheDeadlineMs?: number;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** From 0 to below 1. Default: `Math.random`. */
  readonly random?: () => number;
}

interface BreakerTimes {
  /** How long no call is tried after it opened, in ms: 1 to 3,600,000. Default 5,000. */
  readonly openForMs?: number;
  /** What "recent" means for this guard's condition, in ms: 100 to 600,000. Default 10,000. */
  readonly windowMs?: number;
}

export interface ShareBreaker extends BreakerTimes {
  /** Opens where this share of recent calls failed, above 0 and at most 1. */
  readonly share: number;
  /**
   * And at least this many were made, 1 to 1,000,000. Twice as many failures in a row open it, too: a busy
   * application need not first fail as often as it has succeeded.
   */
  readonly volume: number;
  readonly consecutive?: never;
}

export interface ConsecutiveBreaker extends BreakerTimes {
  /** Opens after this many failed calls in a row, 1 to 1,000,000. */
  readonly consecutive: number;
  readonly share?: never;
  readonly volume?: never;
}
