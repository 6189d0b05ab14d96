import { isResourceName } from '@prunella/protocol';
import type { Cache } from '../cache.ts';
import { checkCache, checkMethods, checkNumber, checkObject } from '../check.ts';
import { type Clock, systemClock } from '../clock.ts';
import { OptionError } from '../fault.ts';
import { memoryCache } from '../memory-cache.ts';
import type { GuardOptions } from '../options.ts';

const hourMs = 3_600_000;

/** The options of a guard, checked, with every default filled in. */
export interface Settings {
  readonly resource: string;
  readonly deadlineMs: number;
  /** Opens at `share` of `volume`, or at `consecutive`, whichever comes first. */
  readonly breaker: {
    readonly share: number;
    readonly volume: number;
    readonly consecutive: number;
    readonly openForMs: number;
    readonly windowMs: number;
  };
  readonly reconnect: { readonly baseMs: number; readonly capMs: number };
  readonly idlePingMs: number;
  readonly cache: Cache;
  readonly cacheDeadlineMs: number;
  readonly clock: Clock;
  readonly random: () => number;
}

export function settle(options: GuardOptions): Settings {
  checkObject('options', options, [
    'resource',
    'deadlineMs',
    'breaker',
    'reconnect',
    'idlePingMs',
    'cache',
    'cacheDeadlineMs',
    'clock',
    'random',
  ]);
  const { resource, reconnect = {}, clock = systemClock, random = Math.random } = options;
  if (!isResourceName(resource)) {
    throw new OptionError('resource', resource, 'kind/name, such as postgres/main, at most 200 characters');
  }
  checkObject('reconnect', reconnect, ['baseMs', 'capMs']);
  checkMethods('clock', clock, ['now', 'wall', 'after']);
  if (typeof random !== 'function') throw new OptionError('random', random, 'a function');
  if (options.cache !== undefined) checkCache('cache', options.cache);
  const baseMs = checkNumber('reconnect.baseMs', reconnect.baseMs ?? 500, 1, 60_000);
  return {
    resource,
    deadlineMs: checkDeadline(options.deadlineMs ?? 5_000),
    breaker: settleBreaker(options.breaker ?? { share: 0.5, volume: 5 }),
    reconnect: {
      baseMs,
      capMs: checkNumber('reconnect.capMs', reconnect.capMs ?? 60_000, baseMs, hourMs),
    },
    idlePingMs: checkNumber('idlePingMs', options.idlePingMs ?? 30_000, 0, hourMs),
    cache: options.cache ?? memoryCache(),
    cacheDeadlineMs: checkNumber('cacheDeadlineMs', options.cacheDeadlineMs ?? 500, 1, 60_000),
    clock,
    random,
  };
}

export function checkDeadline(given: unknown): number {
  return checkNumber('deadlineMs', given, 1, hourMs);
}

function settleBreaker(given: NonNullable<GuardOptions['breaker']>): Settings['breaker'] {
  checkObject('breaker', given, ['share', 'volume', 'consecutive', 'openForMs', 'windowMs']);
  const times = {
    openForMs: checkNumber('breaker.openForMs', given.openForMs ?? 5_000, 1, hourMs),
    windowMs: checkNumber('breaker.windowMs', given.windowMs ?? 10_000, 100, 600_000),
  };
  if ('consecutive' in given) {
    if ('share' in given || 'volume' in given) {
      throw new OptionError('breaker', given, 'either share and volume, or consecutive');
    }
    const consecutive = checkNumber('breaker.consecutive', given.consecutive, 1, 1e6, true);
    return { share: 2, volume: 1, consecutive, ...times };
  }
  const share = checkNumber('breaker.share', given.share, Number.MIN_VALUE, 1);
  const volume = checkNumber('breaker.volume', given.volume, 1, 1e6, true);
  return { share, volume, consecutive: 2 * volume, ...times };
}
