import type { Fault } from '../fault.ts';
import type { CallContext, CallOptions } from '../guard.ts';

export interface WriteRequest<Handle, Payload, Result, Value> extends CallOptions {
  /** The cached copy that this write changes. */
  readonly key: string;
  readonly payload: Payload;
  /** The same in every try, so that `apply` can see a repetition. Default: a random UUID. */
  readonly idempotencyKey?: string;
  /** May be called again for the same write, also after a try that did reach the resource. */
  readonly apply: (handle: Handle, write: WriteContext<Payload>) => PromiseLike<Result> | Result;
  /**
   * The cached copy after this write. Undefined as `cached`: there is none. Undefined as answer: leave it.
   * `result` is what `apply` answered, undefined while the write waits. Where several processes share a cache,
   * another one may have stored what this write made already: take such a value from the result.
   */
  readonly applyToCached?: (
    cached: Value | undefined,
    payload: Payload,
    result: Result | undefined,
  ) => Value | undefined;
}

export interface WriteContext<Payload> extends CallContext {
  readonly payload: Payload;
  readonly idempotencyKey: string;
  /** True where it was kept for a while. */
  readonly replay: boolean;
}

export type WriteAnswer<Result> =
  | { readonly pending: false; readonly value: Result }
  | {
      readonly pending: true;
      /** Kept writes, this one too. */
      readonly waiting: number;
      /** Why it could not be made now. */
      readonly reason: Fault;
    };
