import type { FaultKind } from '@prunella/protocol';
import { checkNumber, checkObject } from '../check.ts';
import { type Fault, type FaultCode, OptionError } from '../fault.ts';
import type { CallOptions, Guard, GuardedFunction, Outcome } from '../guard.ts';
import { type Internals, internalsOf } from '../internals.ts';
import { outerOf, timeWithin, tryRun } from '../runtime/call.ts';
import { type Core, toError } from '../runtime/core.ts';
import { checkDeadline } from '../runtime/settings.ts';

export interface RetryOptions {
  /** With the first one, 2 to 20. Default 3. */
  readonly maximumTries?: number;
  /** Full jitter: before try n + 1 a random time up to `min(capMs, baseMs * 2^(n - 1))`. 1 to 60,000. Default 50. */
  readonly baseMs?: number;
  /** At least `baseMs`, at most 60,000. Default 2,000. */
  readonly capMs?: number;
  /**
   * A function that may run twice is tried again also where nobody knows whether the first try was made. Default
   * false: such a fault is thrown.
   */
  readonly idempotent?: boolean;
}

export interface RetryBudget {
  /** Of a guard's successful calls, how many retries they pay for: 0 to 1. Default 0.1. */
  readonly share?: number;
  /** Retries that can be made at once, before any success and after a quiet time, 0 to 10,000. Default 10. */
  readonly reserve?: number;
}

export interface Retrying<Handle> {
  /** As the guard's own, with the deadline for all tries together. */
  run<Result>(fn: GuardedFunction<Handle, Result>, options?: CallOptions): Promise<Result>;
  /** As the guard's own, with the deadline for all tries together. */
  tryRun<Result>(fn: GuardedFunction<Handle, Result>, options?: CallOptions): Promise<Outcome<Result>>;
}

const kinds: readonly FaultKind[] = ['unreachable', 'timeout', 'overloaded', 'starting', 'not-primary'];
/** The guard's own refusals are answers, not accidents. */
const codes: readonly FaultCode[] = ['PRUNELLA_FAULT', 'PRUNELLA_DEADLINE'];

/** One for each guard, however many callers retry: together they must not multiply an outage. */
const budgets = new WeakMap<object, Budget>();

/**
 * Calls over a guard that are tried again after a passing fault, while the guard's retry budget lasts: in an
 * outage, when hardly a call succeeds, hardly one is tried again. Throws an `OptionError` for a wrong option.
 */
export function retrying<Handle>(guard: Guard<Handle>, options: RetryOptions = {}): Retrying<Handle> {
  const inside = internalsOf(guard);
  checkObject('retrying', options, ['maximumTries', 'baseMs', 'capMs', 'idempotent']);
  const { idempotent = false } = options;
  if (typeof idempotent !== 'boolean') throw new OptionError('idempotent', idempotent, 'true or false');
  const baseMs = checkNumber('baseMs', options.baseMs ?? 50, 1, 60_000);
  const tries = new Tries(inside, {
    maximumTries: checkNumber('maximumTries', options.maximumTries ?? 3, 2, 20, true),
    baseMs,
    capMs: checkNumber('capMs', options.capMs ?? Math.max(2_000, baseMs), baseMs, 60_000),
    idempotent,
  });
  return {
    async run(fn, call) {
      const outcome = await tries.tryRun(fn, call);
      if (outcome.ok) return outcome.value;
      throw toError(outcome.fault);
    },
    tryRun: (fn, call) => tries.tryRun(fn, call),
  };
}

/** Sets the retry budget of a guard, in place of the default one. Throws an `OptionError` for a wrong option. */
export function retryBudget(guard: Guard<unknown>, options: RetryBudget): void {
  const { core } = internalsOf(guard);
  checkObject('retryBudget', options, ['share', 'reserve']);
  const share = checkNumber('share', options.share ?? 0.1, 0, 1);
  const reserve = checkNumber('reserve', options.reserve ?? 10, 0, 10_000, true);
  budgets.set(core, new Budget(core, share, reserve));
}

class Budget {
  readonly #core: Core<unknown>;
  readonly #share: number;
  readonly #reserve: number;
  #retries: number;
  #paidSuccesses: number;

  constructor(core: Core<unknown>, share: number, reserve: number) {
    this.#core = core;
    this.#share = share;
    this.#reserve = reserve;
    this.#retries = reserve;
    this.#paidSuccesses = core.health.successes;
  }

  take(): boolean {
    const { successes } = this.#core.health;
    const earned = this.#share * (successes - this.#paidSuccesses);
    // A good day pays for no storm: what was earned and not used is kept up to one retry beyond the reserve.
    this.#retries = Math.min(Math.max(1, this.#reserve), this.#retries + earned);
    this.#paidSuccesses = successes;
    if (this.#retries < 1) return false;
    this.#retries -= 1;
    return true;
  }
}

class Tries<Handle> {
  readonly #core: Core<Handle>;
  readonly #options: Required<RetryOptions>;

  constructor({ core }: Internals<Handle>, options: Required<RetryOptions>) {
    this.#core = core;
    this.#options = options;
  }

  async tryRun<Result>(
    fn: GuardedFunction<Handle, Result>,
    options: CallOptions = {},
  ): Promise<Outcome<Result>> {
    const core = this.#core;
    const deadlineMs = checkDeadline(options.deadlineMs ?? core.settings.deadlineMs);
    const outer = outerOf(options);
    const endsAt = core.clock.now() + timeWithin(outer, deadlineMs);
    let outcome = await tryRun(core, fn, deadlineMs, outer);
    for (let tries = 1; !outcome.ok && this.#mayRepeat(outcome.fault, tries); tries++) {
      const { baseMs, capMs } = this.#options;
      const delayMs = core.settings.random() * Math.min(capMs, baseMs * 2 ** (tries - 1));
      if (core.clock.now() + delayMs + 1 > endsAt || !this.#budget().take()) break;
      await new Promise<void>((resolve) => core.deadlines.after(delayMs, resolve));
      outcome = await tryRun(core, fn, Math.max(1, endsAt - core.clock.now()), outer);
    }
    return outcome;
  }

  #mayRepeat(fault: Fault, tries: number): boolean {
    const { maximumTries, idempotent } = this.#options;
    if (tries >= maximumTries || !kinds.includes(fault.kind) || !codes.includes(fault.code)) return false;
    return idempotent || !fault.outcomeUnknown;
  }

  #budget(): Budget {
    const core = this.#core;
    const known = budgets.get(core);
    if (known !== undefined) return known;
    const budget = new Budget(core, 0.1, 10);
    budgets.set(core, budget);
    return budget;
  }
}
