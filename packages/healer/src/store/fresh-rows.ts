import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { inTransaction } from './schema.ts';
import type { PreparedTransaction } from './sqlite-writer.ts';

/** Rows of one table that come into their index at once: a few ms, in which nothing else is decided. */
const sliceRows = 1_024;

/** Beyond so many fresh rows a slice is put in its order after the next commit; below it waits for a quiet moment. */
const freshAtMost = 4_096;
const freshAtLeast = 256;
const quietMs = 100;
/** After a slice that could not be put in its order, such as one on a torn page; and how many ids wait for that. */
const retryMs = 60_000;
const keysAtMost = 200_000;

/**
 * New rows of the log, and new ids of signals, are written to the end of their tables alone. Into the index by resource,
 * and into the one by key, they come many at a time: one by one each would dirty a page of its own there, and with a
 * signal a row that was most of what there was to write and to sync.
 */
export class FreshRows {
  readonly #database: DatabaseSync;
  readonly #events: FreshTail;
  readonly #signals: FreshTail;
  readonly #keysBetween: StatementSync;
  readonly #onSettled: (keys: readonly string[]) => void;
  /** Of signals whose id is in no index yet, with their times. */
  readonly #keys = new Map<string, number>();
  #count: number;
  #writtenAt = 0;
  #settleAt = 0;
  #timer: NodeJS.Timeout | null = null;
  #immediate: NodeJS.Immediate | null = null;

  constructor(database: DatabaseSync, onSettled: (keys: readonly string[]) => void) {
    this.#database = database;
    this.#onSettled = onSettled;
    this.#events = new FreshTail(database, 'events');
    this.#signals = new FreshTail(database, 'signals');
    this.#keysBetween = database.prepare(
      'SELECT key, at FROM signals WHERE sequence > ? AND sequence <= ? ORDER BY sequence',
    );
    for (const row of this.#keysBetween.all(this.#signals.settledTo, Number.MAX_SAFE_INTEGER)) {
      this.#keys.set(String(row['key']), Number(row['at']));
    }
    this.#count = this.#events.count() + this.#signals.count();
  }

  /** Entries of the log that are fresh come after this one. */
  get settledTo(): number {
    return this.#events.settledTo;
  }

  /** To be told of what a transaction has brought to disk. */
  written(group: readonly PreparedTransaction[]): void {
    for (const { events, signals } of group) {
      this.#count += events.length + signals.length;
      for (const { key, at } of signals) this.#keys.set(key, at);
    }
    for (const key of this.#keys.keys()) {
      if (this.#keys.size <= keysAtMost) break;
      this.#keys.delete(key);
    }
    this.#writtenAt = performance.now();
    if (this.#writtenAt < this.#settleAt) return;
    if (this.#count > freshAtMost) this.#immediate ??= setImmediate(() => this.#settleAfterCommit());
    if (this.#count >= freshAtLeast && this.#timer === null) this.#look(quietMs);
  }

  hasSignal(key: string, notBefore: number): boolean {
    const at = this.#keys.get(key);
    return at !== undefined && at >= notBefore;
  }

  /** All of them, before the store is closed: a start then finds none. */
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#immediate !== null) clearImmediate(this.#immediate);
    this.#timer = null;
    this.#immediate = null;
    while (this.#count > 0 && this.#settle()) {
      // One slice after the other.
    }
  }

  /** Who waited for the commit has been told by now. */
  #settleAfterCommit(): void {
    this.#immediate = null;
    this.#settle();
  }

  /** One timer, however many commits come meanwhile. It keeps no process alive. */
  #look(inMs: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = null;
      const quietForMs = performance.now() - this.#writtenAt;
      if (quietForMs < quietMs) this.#look(quietMs - quietForMs);
      else if (this.#settle()) this.#look(0);
    }, inMs).unref();
  }

  /** True where there is more of it. */
  #settle(): boolean {
    try {
      const { events, signals } = this.#settleSlice();
      const settled = this.#keysBetween.all(this.#signals.settledTo, signals.to);
      const keys = settled.map((row) => String(row['key']));
      this.#events.settledTo = events.to;
      this.#signals.settledTo = signals.to;
      for (const key of keys) this.#keys.delete(key);
      this.#onSettled(keys);
      const isMore = events.isMore || signals.isMore;
      if (!isMore) this.#keys.clear();
      this.#count = isMore ? Math.max(1, this.#count - events.count - signals.count) : 0;
      return isMore;
    } catch {
      // What keeps this from being written keeps the next commit, too, and that one is told.
      this.#settleAt = performance.now() + retryMs;
      return false;
    }
  }

  /** Lost in a crash it is done again, so it is not synced by itself: whatever is written next takes it to disk. */
  #settleSlice(): { readonly events: Slice; readonly signals: Slice } {
    this.#database.exec('PRAGMA synchronous = NORMAL');
    try {
      return inTransaction(this.#database, () => ({
        events: this.#events.settleSlice(),
        signals: this.#signals.settleSlice(),
      }));
    } finally {
      this.#database.exec('PRAGMA synchronous = FULL');
    }
  }
}

interface Slice {
  /** Up to this row, inclusive, nothing is fresh any more, once the transaction is through. */
  readonly to: number;
  readonly count: number;
  readonly isMore: boolean;
}

/** The fresh rows of one table: its newest. An index of them would be one more page to write with each commit. */
class FreshTail {
  settledTo: number;
  readonly #slice: StatementSync;
  readonly #settle: StatementSync;
  readonly #count: StatementSync;

  constructor(database: DatabaseSync, table: 'events' | 'signals') {
    // From the end, so that the history is not read.
    const last = database
      .prepare(`SELECT sequence FROM ${table} NOT INDEXED WHERE fresh IS NULL ORDER BY sequence DESC LIMIT 1`)
      .get();
    this.settledTo = Number(last?.['sequence'] ?? 0);
    this.#count = database.prepare(`SELECT count(*) AS count FROM ${table} NOT INDEXED WHERE sequence > ?`);
    this.#slice = database.prepare(
      `SELECT max(sequence) AS last, count(*) AS count
         FROM (SELECT sequence FROM ${table} NOT INDEXED WHERE sequence > ? ORDER BY sequence LIMIT ${sliceRows})`,
    );
    this.#settle = database.prepare(
      `UPDATE ${table} NOT INDEXED SET fresh = NULL WHERE sequence > ? AND sequence <= ?`,
    );
  }

  count(): number {
    return Number(this.#count.get(this.settledTo)?.['count']);
  }

  /** Within a transaction. The oldest first: what is fresh is always newer than what is not. */
  settleSlice(): Slice {
    const found = this.#slice.get(this.settledTo);
    const to = Math.max(Number(found?.['last']), this.settledTo);
    const count = Number(found?.['count']);
    this.#settle.run(this.settledTo, to);
    return { to, count, isMore: count === sliceRows };
  }
}
