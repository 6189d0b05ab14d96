import type { FaultKind } from '@prunella/protocol';
import type { Adapter, Classification } from '../adapter.ts';
import { untilAborted } from '../adapters/until-aborted.ts';
import type { OwningAdapter } from '../attach.ts';
import { checkMethods, checkNumber, checkObject } from '../check.ts';
import { type Clock, systemClock } from '../clock.ts';
import { OptionError } from '../fault.ts';
import { ChaosError } from './chaos-error.ts';
import { ChaosLease } from './chaos-lease.ts';
import { type ChaosCounts, type Injection, Injections } from './injection.ts';
import { type ChaosPlan, type ChaosStage, calm, settlePlan, settleStages } from './plan.ts';

export interface ChaosOptions {
  /** The same seed gives the same faults to the same sequence of calls: 0 to 4,294,967,295. Default 1. */
  readonly seed?: number;
  /** What calls meet from the beginning. Default: nothing, until `follow` or `play`. */
  readonly plan?: ChaosPlan;
  /**
   * What is thrown for a kind, such as the driver's own error; the adapter then classifies it as it does real
   * ones. Default: a `ChaosError` of exactly that kind.
   */
  readonly errorFor?: (kind: FaultKind) => unknown;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

/** An adapter with faults, and what decides on them. */
export interface Chaos<Handle> extends Adapter<Handle> {
  readonly counts: ChaosCounts;
  /** From the next call on, until something else is said. Throws an `OptionError` for a wrong plan. */
  follow(plan: ChaosPlan): void;
  /** Stages one after the other from the next call on, then calm. Throws an `OptionError` for a wrong stage. */
  play(scenario: readonly ChaosStage[]): void;
  /** No more faults from the next call on. What hangs goes on hanging until its deadline. */
  calm(): void;
}

/**
 * Puts faults around an adapter, so that an application's own tests can see what it does in an outage. What the
 * adapter was given is not touched. Throws an `OptionError` for a wrong option.
 */
export function chaos<Handle>(
  adapter: OwningAdapter<Handle>,
  options?: ChaosOptions,
): Chaos<Handle> & OwningAdapter<Handle>;
export function chaos<Handle>(adapter: Adapter<Handle>, options?: ChaosOptions): Chaos<Handle>;
export function chaos<Handle>(adapter: Adapter<Handle>, options: ChaosOptions = {}): Chaos<Handle> {
  checkMethods('adapter', adapter, ['lease', 'classify', 'ping']);
  checkObject('chaos', options, ['seed', 'plan', 'errorFor', 'clock']);
  const { errorFor, clock = systemClock } = options;
  if (errorFor !== undefined && typeof errorFor !== 'function') {
    throw new OptionError('errorFor', errorFor, 'a function');
  }
  checkMethods('clock', clock, ['now', 'wall', 'after']);
  const seed = checkNumber('seed', options.seed ?? 1, 0, 2 ** 32 - 1, true);
  const injections = new Injections(seed, clock);
  if (options.plan !== undefined) injections.follow(settlePlan(options.plan));

  const error = ({ meets, made, number }: Injection) => {
    const kind = meets === null || meets === 'hang' ? 'timeout' : meets;
    return errorFor?.(kind) ?? new ChaosError(kind, made, `seed ${seed}, call ${number}`);
  };
  const beside = async (signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>) => {
    const injection = injections.forPing();
    if (injection.delayMs > 0) await waited(clock, injection.delayMs, signal);
    if (injection.meets === 'hang') await waited(clock, null, signal);
    if (injection.meets !== null) throw error(injection);
    await work(signal);
  };
  const { reconnect, watch, close } = adapter;
  return {
    driver: adapter.driver,
    get counts() {
      return injections.counts;
    },
    follow: (plan) => injections.follow(settlePlan(plan)),
    play: (scenario) => injections.play(settleStages(scenario)),
    calm: () => injections.follow(calm),
    lease: () => new ChaosLease({ inner: adapter.lease(), injection: injections.forCall(), clock, error }),
    classify: (thrown) => (thrown instanceof ChaosError ? meant(thrown) : adapter.classify(thrown)),
    ping: (signal) => beside(signal, (passed) => adapter.ping(passed)),
    ...(reconnect && { reconnect: (signal) => beside(signal, (passed) => reconnect.call(adapter, passed)) }),
    ...(watch && { watch: (onFault) => watch.call(adapter, onFault) }),
    ...(close && { close: () => close.call(adapter) }),
  };
}

function meant({ kind, outcomeUnknown }: ChaosError): Classification {
  return { kind, outcomeUnknown, evict: false };
}

/** Null: until the signal is aborted. */
async function waited(clock: Clock, delayMs: number | null, signal: AbortSignal): Promise<void> {
  let cancel = (): void => {};
  const over = new Promise<void>((resolve) => {
    if (delayMs !== null) cancel = clock.after(delayMs, resolve);
  });
  await untilAborted(over, signal).finally(() => cancel());
}
