import type { Adapter } from '../adapter.ts';

/**
 * What the author of an adapter gives, so that the checks can use it against a real server. Every check lends its
 * own `Lent`, and leaves the server serving.
 */
export interface AdapterHarness<Handle, Lent> {
  /** A fresh client or pool, connected, as an application would make it; undefined where the adapter owns it. */
  lend(): Promise<Lent>;
  /** The adapter over it. */
  adapt(lent: Lent): Adapter<Handle>;
  /** Ends what `lend` made. Called also while nothing answers. */
  takeBack(lent: Lent): Promise<unknown>;
  /** A call that a server that is well answers. */
  call(handle: Handle): PromiseLike<unknown>;
  /** A call that the server refuses for the application's own mistake, such as a syntax error. */
  mistake?(handle: Handle): PromiseLike<unknown>;
  /**
   * A call that a server that is well does not answer before the deadline of the checks, without keeping it from
   * answering others.
   */
  slow?(handle: Handle): PromiseLike<unknown>;
  /** A call that fails because it ends its own client, such as its session at the server. */
  breakClient?(handle: Handle): PromiseLike<unknown>;
  /** The application's own use of what it lent, beside the guard. Rejects where it is not usable. */
  useLent?(lent: Lent): PromiseLike<unknown>;
  readonly server: ServerControl;
}

/** A real server in the hand of the checks. Each resolves when it is so; all may be called in any state. */
export interface ServerControl {
  /** Serves, at the same address as before. */
  start(): Promise<unknown>;
  /** Is gone, and its connections with it: as by SIGKILL. */
  stop(): Promise<unknown>;
  /** Keeps its connections and answers nothing: as by SIGSTOP. */
  stall(): Promise<unknown>;
  /** Goes on after `stall`. */
  resume(): Promise<unknown>;
}

export interface ConformanceOptions {
  /** After which the checks abandon a call, in ms: 10 to 60,000. Default 500. */
  readonly deadlineMs?: number;
  /** How long the checks wait for what must come, such as a recovery, in ms: 100 to 600,000. Default 20,000. */
  readonly patienceMs?: number;
}

/** One statement about the adapter. */
export interface AdapterCheck {
  /** Such as `is not starved by calls that missed their deadline`. */
  readonly name: string;
  /** Rejects with a `ConformanceError` where the statement does not hold. Not to be run beside another check. */
  run(): Promise<void>;
}
