import type { AttemptOrder, Command, IncidentStory, LogEntry, ResourceEvent } from '@prunella/core';

/** One transaction: all of it is on disk when `commit` resolves, or none. */
export interface Transaction {
  readonly events: readonly {
    readonly at: number;
    readonly resource: string;
    readonly incident: string | null;
    readonly event: ResourceEvent;
  }[];
  /** Machines, and parts of the fleet's, by key (`resource/...`, `fleet/...`), as JSON; the newest replaces. */
  readonly states: ReadonlyMap<string, unknown>;
  /** Keys whose state is kept no longer. */
  readonly statesGone: readonly string[];
  readonly outboxAdd: readonly Command[];
  /** Ids from `StoredState.outbox` that were carried out. */
  readonly outboxDone: readonly number[];
  readonly attempts: readonly StoredAttempt[];
  /** Signals taken in this transaction: `hasSignal` knows them for 24 h. */
  readonly signals: readonly StoredSignal[];
  /** What people see of incidents; the newest replaces. */
  readonly incidents: readonly StoredIncident[];
}

/** How long a signal is remembered. */
export const signalMemoryMs = 24 * 60 * 60 * 1000;

/** What a transaction holds that has nothing to write; others say what they add to it. */
export const emptyTransaction: Transaction = {
  events: [],
  states: new Map(),
  statesGone: [],
  outboxAdd: [],
  outboxDone: [],
  attempts: [],
  signals: [],
  incidents: [],
};

export interface StoredAttempt {
  readonly order: AttemptOrder;
  readonly reference: string | null;
  readonly ended: boolean;
}

export interface StoredSignal {
  /** What the engine knows the signal by. */
  readonly key: string;
  readonly at: number;
}

/** A projection for views, made from a machine at each change; never read by a decision. */
export interface StoredIncident {
  readonly incident: string;
  readonly resource: string;
  readonly openedAt: number;
  readonly closedAt: number | null;
  readonly story: IncidentStory;
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

export interface CommitReceipt {
  /** One for each of `outboxAdd`, in its order. */
  readonly outboxIds: readonly number[];
  /** One for each of `events`, in its order. */
  readonly sequences: readonly number[];
}

/** Where the engine keeps what must survive. One process at a time holds it. */
export interface Store {
  load(): Promise<StoredState>;
  /** Group commit: several calls may share one fsync. Rejects where nothing was written. */
  commit(transaction: Transaction): Promise<CommitReceipt>;
  read(query: LogQuery): Promise<readonly LogEntry[]>;
  /** Whether a signal of this key was committed in the last 24 h. */
  hasSignal(key: string): Promise<boolean>;
  /** The newest first. */
  incidents(query: IncidentQuery): Promise<readonly StoredIncident[]>;
  close(): Promise<void>;
}

export interface IncidentQuery {
  readonly incident?: string;
  readonly resource?: string;
  /** True: only open ones. False: only closed ones. */
  readonly open?: boolean;
  /** Only those behind this one, in their order. */
  readonly before?: { readonly openedAt: number; readonly incident: string };
  /** At most 1,001: one more than a page holds tells whether there is another. */
  readonly limit: number;
}

export interface LogQuery {
  readonly resource?: string;
  readonly incident?: string;
  /** Entries with a greater sequence only. */
  readonly after?: number;
  /** The newest first; otherwise the oldest. */
  readonly newestFirst?: true;
  /** At most 1,001. */
  readonly limit: number;
}
