import type { Classification, Lease } from '../adapter.ts';
import { type Fault, OptionError } from '../fault.ts';
import type { CallContext, CallOptions, GuardedFunction, Outcome } from '../guard.ts';
import { type Core, innerFault, isThenable, ownLoopBlocked, toError } from './core.ts';
import { Deadline } from './deadlines.ts';
import type { Admission } from './health.ts';

const notAtResource = 'the call waited for its own pool, or for something else than the resource';

type Work = GuardedFunction<unknown, unknown>;

/** The call whose function is just being called: what it calls at once is nested in it. */
let current: Call | null = null;

/** One call, from admission to its answer. It is its own deadline and its own context, to cost one object. */
export class Call extends Deadline implements CallContext {
  readonly core: Core<unknown>;
  readonly #resolve: (answer: unknown) => void;
  /** Null where a fault is an answer, too. */
  readonly #reject: ((error: unknown) => void) | null;
  #trial: boolean;
  #lease: Lease<unknown> | null = null;
  #controller: AbortController | null = null;
  #ended = false;
  /** What it has of the limiter. */
  #place: 'none' | 'waits' | 'held' = 'none';
  #outer: Call | null = null;
  /** Nested calls that have not ended. */
  #inner: Set<Call> | null = null;
  /** The outer call left it so little time that its miss says nothing about the resource. */
  #cut = false;

  constructor(
    core: Core<unknown>,
    admission: Admission,
    resolve: (answer: unknown) => void,
    reject: ((error: unknown) => void) | null,
  ) {
    super();
    this.core = core;
    this.#trial = admission === 'trial';
    this.#resolve = resolve;
    this.#reject = reject;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  remainingMs(): number {
    return Math.max(0, this.beganAt + this.deadlineMs - this.core.clock.now());
  }

  start(fn: Work, now: number, deadlineMs: number, outer: Call | null): void {
    this.core.deadlines.add(this, now, outer === null ? deadlineMs : this.#nest(outer, deadlineMs));
    const { limiter } = this.core;
    if (limiter === null) this.#go(fn);
    else {
      this.#place = 'waits';
      const refused = limiter.enter(() => {
        if (this.#ended) return false;
        this.#place = 'held';
        this.#go(fn);
        return true;
      });
      if (refused === null) return;
      this.#place = 'none';
      this.#refuse(refused);
    }
  }

  /** Gives it this long from now on. */
  allow(deadlineMs: number): void {
    this.core.deadlines.remove(this);
    if (!this.#ended) this.core.deadlines.add(this, this.core.clock.now(), deadlineMs);
  }

  /** Stops its clock, until `allow`. */
  pause(): void {
    this.core.deadlines.remove(this);
    this.deadlineMs = Number.POSITIVE_INFINITY;
  }

  /** Stops its clock, and lets others try the resource and have its place: it may last for ever. */
  exempt(): void {
    this.pause();
    this.#vacate();
  }

  /** It goes on, but what has come so far proves that the resource serves. */
  confirm(): void {
    if (!this.#ended) this.core.health.succeeded(this.beganAt, 'call');
    this.#endTrial();
  }

  /** Why a wait for it that is too long now says nothing against the resource; null where it does. */
  localReason(lagged: boolean): string | null {
    return localReason(this.#waits(), lagged);
  }

  override missed(now: number, lagged: boolean): void {
    if (this.#cut && this.#outer?.isDue(now)) this.#outer.missed(now, lagged);
    if (this.#ended) return;
    if (this.#inner === null) {
      this.#miss(lagged, null);
      return;
    }
    let innermost: Fault | null = null;
    const due = [...this.#inner].filter((inner) => inner.isDue(now));
    for (const inner of due) if (!inner.#cut) innermost = inner.#miss(lagged, null);
    const fault = this.#miss(lagged, innermost);
    for (const inner of due) if (inner.#cut) inner.#refuse(fault);
  }

  /** `innermost`: the fault of a nested call, which is this one's too where it waited for nothing else. */
  #miss(lagged: boolean, innermost: Fault | null): Fault {
    const waits = this.#waits();
    const local = localReason(waits, lagged);
    const mayHaveSent = this.#mayHaveSent(!waits);
    const fault = (waits ? innermost : null) ?? this.core.deadlineFault(this.deadlineMs, local, mayHaveSent);
    this.#tell('abandon');
    this.#end();
    if (fault !== innermost) this.core.failed(fault, this.beganAt, 'call');
    this.#answer(fault, undefined);
    this.#controller?.abort(toError(fault));
    return fault;
  }

  /** Ends it without a word about the resource. */
  #refuse(fault: Fault): void {
    this.#tell('abandon');
    this.#end();
    this.#answer(fault, undefined);
    this.#controller?.abort(toError(fault));
  }

  /** Nested calls share the time of the outermost. */
  #nest(outer: Call, deadlineMs: number): number {
    if (outer.#ended) return deadlineMs;
    this.#outer = outer;
    outer.#inner ??= new Set();
    outer.#inner.add(this);
    const leftMs = outer.remainingMs();
    this.#cut = leftMs < deadlineMs / 4;
    return Math.min(leftMs, deadlineMs);
  }

  #go(fn: Work): void {
    const before = current;
    current = this;
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
    current = before;
  }

  #succeeded(value: unknown): void {
    if (this.#ended) return;
    this.#end();
    this.core.health.succeeded(this.beganAt, 'call');
    this.#resolve(this.#reject === null ? { ok: true, value } : value);
  }

  #failed(error: unknown): void {
    if (this.#ended) return;
    const inner = innerFault(error);
    if (inner !== null) {
      this.#end();
      this.#answer(inner, error);
      return;
    }
    const classification = this.#judged(this.core.classify(error));
    // Without a lease there was no way to the resource.
    const sent = this.#lease !== null && this.#mayHaveSent(true);
    if (classification.evict) this.#tell('abandon');
    const outcomeUnknown = classification.outcomeUnknown && sent;
    const fault = this.core.fault(error, { ...classification, outcomeUnknown });
    this.#end();
    this.core.failed(fault, this.beganAt, 'call');
    this.#answer(fault, undefined);
  }

  /** `thrown` is passed on unchanged where there is one. */
  #answer(fault: Fault, thrown: unknown): void {
    if (this.#reject === null) this.#resolve({ ok: false, fault });
    else this.#reject(thrown ?? toError(fault));
  }

  #end(): void {
    this.#ended = true;
    this.core.deadlines.remove(this);
    this.#tell('end');
    if (this.#outer !== null) this.#outer.#inner?.delete(this);
    this.#vacate();
  }

  /** Nothing of it is at the resource. */
  #waits(): boolean {
    const lease = this.#lease;
    return lease === null || this.core.asked('waitsForOwnPool', () => lease.waitsForOwnPool(), false);
  }

  #mayHaveSent(leftOut: boolean): boolean {
    const lease = this.#lease;
    if (lease?.mayHaveSent === undefined) return leftOut;
    return this.core.asked('mayHaveSent', () => lease.mayHaveSent?.() ?? true, true);
  }

  #judged(meaning: Classification): Classification {
    const lease = this.#lease;
    if (lease?.judge === undefined) return meaning;
    return this.core.meaning('judge', () => lease.judge?.(meaning) ?? meaning, meaning);
  }

  #tell(what: 'abandon' | 'end'): void {
    try {
      const answer: unknown = this.#lease?.[what]();
      // Most answer nothing, and each call pays for what is done here.
      if (answer !== undefined) this.core.asked(what, () => answer, undefined);
    } catch (error) {
      this.core.mistaken(what, error);
    }
  }

  #vacate(): void {
    this.#endTrial();
    const place = this.#place;
    if (place === 'none') return;
    this.#place = 'none';
    this.core.limiter?.leave(place === 'held');
  }

  #endTrial(): void {
    if (!this.#trial) return;
    this.#trial = false;
    this.core.health.endTrial();
  }
}

/** `waits`: nothing is at the resource. */
export function localReason(waits: boolean, lagged: boolean): string | null {
  if (waits) return notAtResource;
  return lagged ? ownLoopBlocked : null;
}

export function run<Handle, Result>(
  core: Core<Handle>,
  fn: GuardedFunction<Handle, Result>,
  deadlineMs: number,
  outer = current,
): Promise<Result> {
  const now = core.clock.now();
  const admission = core.health.admit(now);
  if (admission === 'refused' || core.detached) return Promise.reject(toError(core.refusal().fault));
  return new Promise<unknown>((resolve, reject) => {
    new Call(core, admission, resolve, reject).start(fn as Work, now, deadlineMs, outer);
  }) as Promise<Result>;
}

export function tryRun<Handle, Result>(
  core: Core<Handle>,
  fn: GuardedFunction<Handle, Result>,
  deadlineMs: number,
  outer = current,
): Promise<Outcome<Result>> {
  const now = core.clock.now();
  const admission = core.health.admit(now);
  if (admission === 'refused' || core.detached) return Promise.resolve(core.refusal());
  return new Promise<unknown>((resolve) => {
    new Call(core, admission, resolve, null).start(fn as Work, now, deadlineMs, outer);
  }) as Promise<Outcome<Result>>;
}

/** How long a call nested there may take: no longer than the outermost. */
export function timeWithin(outer: Call | null, deadlineMs: number): number {
  return outer === null ? deadlineMs : Math.min(deadlineMs, outer.remainingMs());
}

/** The call that `within` names, else the one whose function is just being called; null where there is none. */
export function outerOf(options: CallOptions | undefined): Call | null {
  return options?.within === undefined ? current : callOf(options.within);
}

/** The call that this is the context of. Throws an `OptionError` for anything else. */
export function callOf(context: CallContext): Call {
  const call: unknown = Reflect.get(Object(context), 'call') ?? context;
  if (call instanceof Call) return call;
  throw new OptionError('within', context, 'the context of a guarded call');
}
