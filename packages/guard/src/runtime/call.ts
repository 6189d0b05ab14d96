import type { Lease } from '../adapter.ts';
import type { Fault } from '../fault.ts';
import type { CallContext, GuardedFunction, Outcome } from '../guard.ts';
import { type Core, innerFault, ownLoopBlocked, toError } from './core.ts';
import { Deadline } from './deadlines.ts';

const notAtResource = 'the call waited for its own pool, or for something else than the resource';

/** One call, from admission to its answer. It is its own deadline and its own context, to cost one object. */
abstract class Call<Handle, Result> extends Deadline implements CallContext {
  readonly core: Core<Handle>;
  readonly #trial: boolean;
  #lease: Lease<Handle> | null = null;
  #controller: AbortController | null = null;
  #ended = false;

  constructor(core: Core<Handle>, trial: boolean) {
    super();
    this.core = core;
    this.#trial = trial;
  }

  abstract answer(value: Result): void;
  /** `error` is what was thrown, where it is to be passed on unchanged. */
  abstract refuse(fault: Fault, error: unknown): void;

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  remainingMs(): number {
    return Math.max(0, this.beganAt + this.deadlineMs - this.core.clock.now());
  }

  start(fn: GuardedFunction<Handle, Result>, now: number, deadlineMs: number): void {
    this.core.deadlines.add(this, now, deadlineMs);
    try {
      const lease = this.core.adapter.lease();
      this.#lease = lease;
      const result =
        lease.around === undefined ? fn(lease.handle, this) : lease.around(() => fn(lease.handle, this));
      if (isThenable(result)) {
        result.then(
          (value) => this.#succeeded(value),
          (error: unknown) => this.#failed(error),
        );
      } else this.#succeeded(result);
    } catch (error) {
      this.#failed(error);
    }
  }

  override missed(_now: number, lagged: boolean): void {
    if (this.#ended) return;
    const waited = this.#lease?.waitsForOwnPool() ?? false;
    const local = waited ? notAtResource : lagged ? ownLoopBlocked : null;
    const mayHaveSent = this.#lease?.mayHaveSent?.() ?? !waited;
    const fault = this.core.deadlineFault(this.deadlineMs, local, mayHaveSent);
    this.#lease?.abandon();
    this.#end();
    this.core.failed(fault, this.beganAt, 'call');
    this.refuse(fault, undefined);
    this.#controller?.abort(toError(fault));
  }

  #succeeded(value: Result): void {
    if (this.#ended) return;
    this.#end();
    this.core.health.succeeded(this.beganAt, 'call');
    this.answer(value);
  }

  #failed(error: unknown): void {
    if (this.#ended) return;
    const inner = innerFault(error);
    if (inner !== null) {
      this.#end();
      this.refuse(inner, error);
      return;
    }
    const classification = this.core.classify(error);
    if (classification.evict) this.#lease?.abandon();
    const fault = this.core.fault(error, classification);
    this.#end();
    this.core.failed(fault, this.beganAt, 'call');
    this.refuse(fault, undefined);
  }

  #end(): void {
    this.#ended = true;
    this.core.deadlines.remove(this);
    if (this.#trial) this.core.health.endTrial();
    this.#lease?.end();
  }
}

class ThrowingCall<Handle, Result> extends Call<Handle, Result> {
  readonly #resolve: (value: Result) => void;
  readonly #reject: (error: unknown) => void;

  constructor(
    core: Core<Handle>,
    trial: boolean,
    resolve: (value: Result) => void,
    reject: (error: unknown) => void,
  ) {
    super(core, trial);
    this.#resolve = resolve;
    this.#reject = reject;
  }

  override answer(value: Result): void {
    this.#resolve(value);
  }

  override refuse(fault: Fault, error: unknown): void {
    this.#reject(error ?? toError(fault));
  }
}

class TellingCall<Handle, Result> extends Call<Handle, Result> {
  readonly #resolve: (outcome: Outcome<Result>) => void;

  constructor(core: Core<Handle>, trial: boolean, resolve: (outcome: Outcome<Result>) => void) {
    super(core, trial);
    this.#resolve = resolve;
  }

  override answer(value: Result): void {
    this.#resolve({ ok: true, value });
  }

  override refuse(fault: Fault): void {
    this.#resolve({ ok: false, fault });
  }
}

export function run<Handle, Result>(
  core: Core<Handle>,
  fn: GuardedFunction<Handle, Result>,
  deadlineMs: number,
): Promise<Result> {
  const now = core.clock.now();
  const admission = core.health.admit(now);
  if (admission === 'refused' || core.detached) return Promise.reject(toError(core.refusal().fault));
  return new Promise((resolve, reject) => {
    new ThrowingCall<Handle, Result>(core, admission === 'trial', resolve, reject).start(fn, now, deadlineMs);
  });
}

export function tryRun<Handle, Result>(
  core: Core<Handle>,
  fn: GuardedFunction<Handle, Result>,
  deadlineMs: number,
): Promise<Outcome<Result>> {
  const now = core.clock.now();
  const admission = core.health.admit(now);
  if (admission === 'refused' || core.detached) return Promise.resolve(core.refusal());
  return new Promise((resolve) => {
    new TellingCall<Handle, Result>(core, admission === 'trial', resolve).start(fn, now, deadlineMs);
  });
}

function isThenable<Result>(value: PromiseLike<Result> | Result): value is PromiseLike<Result> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
