import type { AttemptOrder, Command, LogEntry, ResourceEvent } from '@prunella/core';

/** One transaction: all of it is on disk when `commit` resolves, or none. */
export interface Transaction {
  readonly events: readonly {
    readonly at: number;
    readonly resource: string;
    readonly incident: string | null;
    readonly event: ResourceEvent;
  }[];
  /** Whole machines by key (`resource/…`, `fleet`), as JSON; the newest replaces. */
  readonly states: ReadonlyMap<string, unknown>;
  readonly outboxAdd: readonly Command[];
  /** Ids from `StoredState.outbox` that were carried out. */
  readonly outboxDone: readonly number[];
  readonly attempts: readonly StoredAttempt[];
}

export interface StoredAttempt {
  readonly order: AttemptOrder;
  readonly reference: string | null;
  readonly ended: boolean;
}

export interface StoredState {
  /** Installation id and generation: the first two parts of every fence. */
  readonly authority: string;
  readonly generation: number;
  readonly states: ReadonlyMap<string, unknown>;
  readonly outbox: readonly { readonly id: number; readonly command: Command }[];
  /** Those without a result: to be looked for. */
  readonly openAttempts: readonly StoredAttempt[];
}

/** Where the engine keeps what must survive. One process at a time holds it. */
export interface Store {
  load(): Promise<StoredState>;
  /** Group commit: several calls may share one fsync. Rejects where nothing was written. */
  commit(transaction: Transaction): Promise<{ readonly outboxIds: readonly number[] }>;
  read(query: LogQuery): Promise<readonly LogEntry[]>;
  close(): Promise<void>;
}

export interface LogQuery {
  readonly resource?: string;
  readonly incident?: string;
  /** Entries with a greater sequence only. */
  readonly after?: number;
  /** At most 1,000. */
  readonly limit: number;
}
