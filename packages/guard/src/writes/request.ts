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

/** How writes of one name are made. */
export interface WriteHandler<Handle, Payload, Result, Value>
  extends Pick<WriteRequest<Handle, Payload, Result, Value>, 'apply' | 'applyToCached' | 'deadlineMs'> {}

/** A write of a name, which has its handler. */
export type DefinedWrite<Payload> = Pick<
  WriteRequest<unknown, Payload, unknown, unknown>,
  'key' | 'payload' | 'idempotencyKey'
>;

/** Writes with names, in memory or in a journal: an application changes from one to the other in one line. */
export interface DefinedWrites<Handle> {
  /** Writes to this guard's resource that wait for it. */
  readonly waiting: number;

  /**
   * Names what is done with writes, once a name, and returns the function that writes. On a fault (any but
   * `caller`) it answers `pending: true` once the write is kept; it rejects with `FaultError`: kind `caller`, code
   * `PRUNELLA_WRITES_FULL` where no more can be kept, or `PRUNELLA_WRITE_NOT_KEPT` where a journal's file could not
   * be written. A wrong write, as one without a key, rejects with an `OptionError`. Key and idempotency key are texts
   * of 1 to 1,000 characters.
   *
   * In a journal, writes that a former process kept under this name are replayed from now on. Until its name is
   * defined a write waits, and so do later ones to its key. Payloads must be JSON values there; `apply` gets them
   * as JSON gives them back, so a Date, for one, as a text. The name is up to 1,000 characters there.
   */
  define<Payload, Result = void, Value = unknown>(
    name: string,
    handler: WriteHandler<Handle, Payload, Result, Value>,
  ): (write: DefinedWrite<Payload>) => Promise<WriteAnswer<Result>>;
}
