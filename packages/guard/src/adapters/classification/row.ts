import type { FaultKind } from '@prunella/protocol';

/**
 * One line of a driver's table: what an error must show, and what it then means. Rows are tried in order, each
 * against the error and everything that it wraps; the first that fits decides.
 */
export interface Row {
  /** Says what happened; the tests give the evidence for each row under this name. */
  readonly name: string;
  readonly when: Marks;
  readonly kind: FaultKind;
  /** The order may have been carried out although it failed. Default false. */
  readonly outcomeUnknown?: true;
  /** The client that gave this error is no good any more. Default false. */
  readonly evict?: true;
}

/** All that are given must fit. */
export interface Marks {
  readonly code?: string | RegExp;
  readonly name?: string | RegExp;
  readonly text?: RegExp;
  /** Of its class, where neither name nor text says more; a bundler may have changed it. */
  readonly className?: string | RegExp;
  readonly syscall?: string;
  /** rethinkdb-ts gives its errors a number instead of a code. */
  readonly type?: number;
}
