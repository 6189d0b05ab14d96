import type { Condition } from '@prunella/protocol';
import type { GuardEventName, GuardEvents } from './events.ts';
import type { Fault } from './fault.ts';

/** Stands around an application's calls to one resource. */
export interface Guard<Handle> {
  readonly resource: string;
  readonly condition: Condition;

  /**
   * Calls `fn` with the driver's handle. Rejects with a `FaultError`, also for the caller's own mistakes (kind
   * `caller`), with the driver's error as `cause`; a `FaultError` of a guard further inside passes unchanged.
   */
  run<Result>(fn: GuardedFunction<Handle, Result>, options?: CallOptions): Promise<Result>;

  /** As `run`, but never throws or rejects: the answer says whether there is a value. */
  tryRun<Result>(fn: GuardedFunction<Handle, Result>, options?: CallOptions): Promise<Outcome<Result>>;

  /**
   * Reads through the cache: fresh, merged with the cached copy and written to it; on a fault (any but
   * `caller`) the cached copy. Rejects with the `FaultError` where nothing is cached, and with code
   * `PRUNELLA_STALE` where the copy is too old; with an `OptionError` for a wrong request. Reads of one key that are under way together share one `load`
   * and its value.
   */
  read<Value>(request: ReadRequest<Handle, Value>): Promise<ReadAnswer<Value>>;

  /**
   * Listens; returns the function that stops it. What a listener throws becomes a process warning. Throws an
   * `OptionError` for an event that there is not.
   */
  on<Name extends GuardEventName>(name: Name, listener: (event: GuardEvents[Name]) => void): () => void;

  /**
   * Lets go of the resource: stops timers, says goodbye to the healer, closes what the adapter opened. What
   * the application lent stays as it is. Later calls are refused with `PRUNELLA_DETACHED`. Never rejects; takes
   * at most about 2 s.
   */
  detach(): Promise<{ readonly lostWrites: number }>;
}

export type GuardedFunction<Handle, Result> = (
  handle: Handle,
  context: CallContext,
) => PromiseLike<Result> | Result;

export interface CallContext {
  /** Aborted when the deadline is missed. Made when first asked for. */
  readonly signal: AbortSignal;
  /** Until the deadline, in ms; never below 0. */
  remainingMs(): number;
}

export interface CallOptions {
  /** From the call to its answer, in ms: 1 to 3,600,000; others throw an `OptionError`. Default: the guard's. */
  readonly deadlineMs?: number;
  /**
   * The call that this one is a part of: it gets at most the time that is left there, and a miss is counted once.
   * What a guarded function calls before its first `await` is part of it anyway. Default: none.
   */
  readonly within?: CallContext;
}

/** Check `ok` to reach the value. */
export type Outcome<Result> =
  | { readonly ok: true; readonly value: Result }
  | { readonly ok: false; readonly fault: Fault };

export interface ReadRequest<Handle, Value> extends CallOptions {
  /** Of the copy: 1 to 1,000 characters. What the value depends on belongs into it. */
  readonly key: string;
  /** Answers a JSON value; null where there is none. `undefined` is passed on but not cached. */
  readonly load: GuardedFunction<Handle, Value>;
  /**
   * Called with the fresh and the cached copy, where there is one. Throws where the two are in conflict: the
   * fresh one is then answered as `unmerged`, and the copy left alone; so it is where `merge` answers `undefined`
   * or a promise. Default: the fresh one.
   */
  readonly merge?: (fresh: Value, cached: Value) => Value;
  /** An older copy is no answer, ms: 0 to 31,536,000,000. Default: a copy of any age is one. */
  readonly maxStaleMs?: number;
  /** The same for a copy that says that there is nothing (null). Default: 60,000, or `maxStaleMs` if lower. */
  readonly maxAbsentMs?: number;
}

export type ReadAnswer<Value> =
  | {
      readonly value: Value;
      readonly cacheOnly: false;
      readonly ageMs: 0;
      readonly reason: null;
      /** Only where the value could not be merged: what `merge` threw, or why the copy could not be had. */
      readonly unmerged?: unknown;
    }
  | {
      readonly value: Value;
      readonly cacheOnly: true;
      /** Since the cached copy was loaded, in ms. */
      readonly ageMs: number;
      /** Why it comes from the cache. */
      readonly reason: Fault;
    };
