import { checkNumber, checkObject } from '../check.ts';
import { OptionError } from '../fault.ts';
import type { Guard } from '../guard.ts';
import { internalsOf } from '../internals.ts';
import { CallLimiter } from './call-limiter.ts';
import type { Overload } from './places.ts';

export interface OverloadOptions {
  /** Calls at the resource at the same moment, 1 to 100,000. Those exempt from deadlines do not count. */
  readonly maximumCalls: number;
  /**
   * How many more wait for a place, each at most until its own deadline; one more is refused with
   * `PRUNELLA_TOO_MANY_CALLS`, kind `local`. 0 to 1,000,000. Default 1,000.
   */
  readonly maximumWaiting?: number;
  /** After `down` the number of calls grows from `fromShare` of `maximumCalls` to all of it, in a straight line. */
  readonly slowStart?: {
    /** 0 to 600,000; 0 turns it off. Default 10,000. */
    readonly forMs?: number;
    /** Above 0 to 1. Default 0.1, and never less than one call. */
    readonly fromShare?: number;
  };
  /**
   * The greatest share of calls that the healer may have refused, with `PRUNELLA_SHED`, for at most 60 s at a time;
   * 0 to 1. Default 0: `shed` is not obeyed.
   */
  readonly maximumShedShare?: number;
  /** The healer may have reads answered from the cache where it has a copy, for at most 60 s at a time. Default false. */
  readonly serveCache?: boolean;
}

/**
 * Puts a concurrency limit on a guard, once, and says what of the healer's orders is obeyed. Throws an
 * `OptionError` for a wrong option.
 */
export function overload<Handle>(guard: Guard<Handle>, options: OverloadOptions): Overload {
  const inside = internalsOf(guard);
  checkObject('overload', options, [
    'maximumCalls',
    'maximumWaiting',
    'slowStart',
    'maximumShedShare',
    'serveCache',
  ]);
  const { slowStart = {}, serveCache = false } = options;
  checkObject('slowStart', slowStart, ['forMs', 'fromShare']);
  if (typeof serveCache !== 'boolean') throw new OptionError('serveCache', serveCache, 'true or false');
  if (inside.core.limiter !== null) throw new OptionError('guard', guard, 'a guard without overload options');
  const limiter = new CallLimiter(inside, {
    maximumCalls: checkNumber('maximumCalls', options.maximumCalls, 1, 100_000, true),
    maximumWaiting: checkNumber('maximumWaiting', options.maximumWaiting ?? 1_000, 0, 1e6, true),
    slowStartMs: checkNumber('slowStart.forMs', slowStart.forMs ?? 10_000, 0, 600_000),
    fromShare: checkNumber('slowStart.fromShare', slowStart.fromShare ?? 0.1, Number.MIN_VALUE, 1),
    maximumShedShare: checkNumber('maximumShedShare', options.maximumShedShare ?? 0, 0, 1),
    serveCache,
  });
  inside.core.limiter = limiter;
  inside.reads.spare = () => limiter.spare();
  return limiter;
}
