import type { FaultKind } from '@prunella/protocol';

/** What a driver's error means. */
export interface Classification {
  readonly kind: FaultKind;
  /** The order may have been carried out although it failed, such as a lost COMMIT. */
  readonly outcomeUnknown: boolean;
  /** This one client is no good any more, such as one whose prepared statements are gone. */
  readonly evict: boolean;
}

/**
 * Stands between the guard and one driver. It borrows: it never ends, swaps or patches what it was given.
 * It evicts single clients where the driver allows. `Handle` is what the application's function receives.
 */
export interface Adapter<Handle> {
  /** The driver's name, for messages: `pg`, `ioredis`. */
  readonly driver: string;
  /** Called once for each call, before the application's function. Cheap: no I/O, no timer. */
  lease(): Lease<Handle>;
  /** Total: any thrown value has an answer. Unwraps `cause`, `driverError` and `meta` of ORMs. */
  classify(error: unknown): Classification;
  /** The cheapest call that proves the resource serves. Uses a client of its own where a pool could be full. */
  ping(signal: AbortSignal): Promise<void>;
  /** Brings a closed connection back where the driver does not do so by itself. One flight at a time. */
  reconnect?(signal: AbortSignal): Promise<void>;
  /** Listens to the driver's own events (an idle client's `error`); returns the function that stops it. */
  watch?(onFault: (error: unknown) => void): () => void;
  /** Ends what the adapter itself opened (its own ping connection; with `connect`, the connection). */
  close?(): Promise<void>;
}

export interface Lease<Handle> {
  readonly handle: Handle;
  /**
   * Calls the application's function in its stead, for what stands around another adapter. `call` is to be
   * called at most once. Left out: the function is called as it is.
   */
  around?<Result>(call: () => PromiseLike<Result> | Result): PromiseLike<Result> | Result;
  /** The deadline was missed: cancel what runs, or evict its client. Never throws. */
  abandon(): void;
  /**
   * True while the call still waits for a free client of the application's own pool, or for nothing at the
   * resource at all: its miss is `local`. After `abandon` it says what was true then.
   */
  waitsForOwnPool(): boolean;
  /**
   * Whether something of the call may have reached the resource, so that the outcome of its miss is unknown.
   * After `abandon` it says what was true then. Left out: it may, unless `waitsForOwnPool`.
   */
  mayHaveSent?(): boolean;
  /**
   * What the call failed with, where the lease knows more than `classify`: an error that no row knows is the
   * application's own where none of the call's queries has failed. Asked once, before `end`. Never throws. Left out:
   * `meaning`, which is what `classify` said.
   */
  judge?(meaning: Classification): Classification;
  /** The call ended, well or not. Never throws. Called once, also after `abandon`. */
  end(): void;
}
