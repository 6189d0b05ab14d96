import type { DatabaseSync } from 'node:sqlite';
import { jsonTextOf } from './json-text.ts';
import { inTransaction } from './schema.ts';
import type { CommitReceipt, StoredSignal, Transaction } from './store.ts';

/** A transaction whose values are JSON texts already. */
export interface PreparedTransaction {
  readonly events: readonly {
    readonly at: number;
    readonly resource: string;
    readonly incident: string | null;
    readonly event: string;
  }[];
  readonly states: readonly (readonly [key: string, state: string])[];
  readonly statesGone: readonly string[];
  readonly outboxAdd: readonly string[];
  readonly outboxDone: readonly number[];
  readonly attempts: readonly {
    readonly attempt: string;
    readonly order: string;
    readonly reference: string | null;
    readonly ended: boolean;
  }[];
  readonly signals: readonly StoredSignal[];
  readonly incidents: readonly {
    readonly incident: string;
    readonly resource: string;
    readonly openedAt: number;
    readonly closedAt: number | null;
    readonly story: string;
  }[];
}

export function prepareTransaction(transaction: Transaction): PreparedTransaction {
  return {
    events: transaction.events.map((entry) => ({ ...entry, event: JSON.stringify(entry.event) })),
    states: [...transaction.states].map(([key, state]) => [key, jsonTextOf(state)] as const),
    statesGone: transaction.statesGone,
    outboxAdd: transaction.outboxAdd.map((command) => JSON.stringify(command)),
    outboxDone: transaction.outboxDone,
    attempts: transaction.attempts.map((stored) => ({
      attempt: stored.order.attempt,
      order: JSON.stringify(stored.order),
      reference: stored.reference,
      ended: stored.ended,
    })),
    signals: transaction.signals,
    incidents: transaction.incidents.map((stored) => ({ ...stored, story: JSON.stringify(stored.story) })),
  };
}

/** Ids kept however young they are; older ones go first. */
const signalLimit = 200_000;

/** Between two clean-ups of remembered signals. */
const signalCleanUpEveryMs = 60_000;

export class SqliteWriter {
  readonly #database: DatabaseSync;
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #now: () => number;
  readonly #signalMemoryMs: number;
  #signalsCleanedAt = Number.NEGATIVE_INFINITY;

  constructor(
    database: DatabaseSync,
    options: { readonly now: () => number; readonly signalMemoryMs: number },
  ) {
    this.#database = database;
    this.#statements = prepareStatements(database);
    this.#now = options.now;
    this.#signalMemoryMs = options.signalMemoryMs;
  }

  /** All of the group in one SQLite transaction, or nothing. */
  write(group: readonly PreparedTransaction[]): readonly CommitReceipt[] {
    return inTransaction(this.#database, () => group.map((transaction) => this.#writeOne(transaction)));
  }

  #writeOne(transaction: PreparedTransaction): CommitReceipt {
    const { event, state, stateGone, outboxAdd, outboxDone, attempt } = this.#statements;
    const sequences = transaction.events.map((entry) =>
      Number(event.run(entry.at, entry.resource, entry.incident, entry.event).lastInsertRowid),
    );
    for (const [key, value] of transaction.states) {
      state.run(key, value);
    }
    for (const key of transaction.statesGone) {
      stateGone.run(key);
    }
    const outboxIds = transaction.outboxAdd.map((command) => Number(outboxAdd.run(command).lastInsertRowid));
    for (const id of transaction.outboxDone) {
      outboxDone.run(id);
    }
    for (const stored of transaction.attempts) {
      attempt.run(stored.attempt, stored.order, stored.reference, stored.ended ? 1 : 0);
    }
    for (const stored of transaction.incidents) {
      this.#writeIncident(stored);
    }
    this.#writeSignals(transaction.signals);
    return { outboxIds, sequences };
  }

  /** What only went on keeps its place in every index; that is most of what is written of an incident. */
  #writeIncident(stored: PreparedTransaction['incidents'][number]): void {
    const { incident, incidentStory } = this.#statements;
    const { changes } = incidentStory.run(stored.story, stored.incident, stored.closedAt);
    if (Number(changes) > 0) return;
    incident.run(stored.incident, stored.resource, stored.openedAt, stored.closedAt, stored.story);
  }

  #writeSignals(signals: readonly StoredSignal[]): void {
    if (signals.length === 0) {
      return;
    }
    for (const signal of signals) {
      this.#statements.signal.run(signal.key, signal.at);
    }
    const now = this.#now();
    const agoMs = now - this.#signalsCleanedAt;
    // Less than nothing: the clock was set back.
    if (agoMs >= signalCleanUpEveryMs || agoMs < 0) {
      this.#signalsCleanedAt = now;
      this.#statements.forgetOldSignals.run(now - this.#signalMemoryMs);
      this.#statements.forgetSurplusSignals.run(signalLimit);
    }
  }
}

/**
 * A row that is there already is changed where it stands. To replace it would take it out of its table and of every
 * index and put it back elsewhere: twice the pages to write and to sync.
 */
function prepareStatements(database: DatabaseSync) {
  return {
    event: database.prepare(
      'INSERT INTO events (at, resource, incident, event, fresh) VALUES (?, ?, ?, ?, 1)',
    ),
    state: database.prepare(
      'INSERT INTO states (key, state) VALUES (?, ?) ON CONFLICT DO UPDATE SET state = excluded.state',
    ),
    stateGone: database.prepare('DELETE FROM states WHERE key = ?'),
    outboxAdd: database.prepare('INSERT INTO outbox (command) VALUES (?)'),
    outboxDone: database.prepare('DELETE FROM outbox WHERE id = ?'),
    attempt: database.prepare(
      // What was ordered never changes.
      `INSERT INTO attempts (attempt, attempt_order, reference, ended) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET reference = excluded.reference, ended = excluded.ended`,
    ),
    signal: database.prepare('INSERT INTO signals (key, at, fresh) VALUES (?, ?, 1)'),
    forgetOldSignals: database.prepare('DELETE FROM signals WHERE at < ?'),
    forgetSurplusSignals: database.prepare(
      'DELETE FROM signals WHERE sequence IN (SELECT sequence FROM signals ORDER BY at DESC LIMIT -1 OFFSET ?)',
    ),
    incidentStory: database.prepare('UPDATE incidents SET story = ? WHERE incident = ? AND closed_at IS ?'),
    incident: database.prepare(
      `INSERT INTO incidents (incident, resource, opened_at, closed_at, story) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET closed_at = excluded.closed_at, story = excluded.story`,
    ),
  };
}
