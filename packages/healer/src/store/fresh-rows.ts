import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from './schema.ts';
import type { PreparedTransaction } from './sqlite-writer.ts';

/** Rows of one table that come into their index at once: a few ms, in which nothing else is decided. */
const sliceRows = 1_024;

/** Beyond so many fresh rows a slice is put in its order after the next commit; below it waits for a quiet moment. */
const freshAtMost = 4_096;
const freshAtLeast = 256;
const quietMs = 100;

/**
 * New rows of the log, and new ids of signals, are written to the end of their tables alone. Into the index by resource,
 * and into the one by key, they come many at a time: one by one each would dirty a page of its own there, and with a
 * signal a row that was most of what there was to write and to sync.
 */
export class FreshRows {
  readonly #database: DatabaseSync;
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #onSettled: (keys: readonly string[]) => void;
  /** Of signals whose id is in no index yet, with their times. */
  readonly #keys = new Map<string, number>();
  #count: number;
  #writtenAt = 0;
  #timer: NodeJS.Timeout | null = null;
  #immediate: NodeJS.Immediate | null = null;

  constructor(database: DatabaseSync, onSettled: (keys: readonly string[]) => void) {
    this.#database = database;
    this.#onSettled = onSettled;
    this.#statements = prepareStatements(database);
    for (const row of this.#statements.freshSignals.all())
      this.#keys.set(String(row['key']), Number(row['at']));
    this.#count = Number(this.#statements.freshEvents.get()?.['count']) + this.#keys.size;
  }

  /** To be told of what a transaction has brought to disk. */
  written(group: readonly PreparedTransaction[]): void {
    for (const { events, signals } of group) {
      this.#count += events.length + signals.length;
      for (const { key, at } of signals) this.#keys.set(key, at);
    }
    this.#writtenAt = performance.now();
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
      const { events, keys } = this.#settleSlice();
      for (const key of keys) this.#keys.delete(key);
      this.#onSettled(keys);
      const isMore = events === sliceRows || keys.length === sliceRows;
      if (!isMore) this.#keys.clear();
      this.#count = isMore ? Math.max(1, this.#count - events - keys.length) : 0;
      return isMore;
    } catch {
      // What keeps this from being written keeps the next commit, too, and that one is told.
      return false;
    }
  }

  /** Lost in a crash it is done again, so it is not synced by itself: whatever is written next takes it to disk. */
  #settleSlice(): { readonly events: number; readonly keys: readonly string[] } {
    this.#database.exec('PRAGMA synchronous = NORMAL');
    try {
      return inTransaction(this.#database, () => ({
        events: Number(this.#statements.settleEvents.run(sliceRows).changes),
        keys: this.#statements.settleSignals.all(sliceRows).map((row) => String(row['key'])),
      }));
    } finally {
      this.#database.exec('PRAGMA synchronous = FULL');
    }
  }
}

function prepareStatements(database: DatabaseSync) {
  return {
    freshSignals: database.prepare('SELECT key, at FROM signals WHERE fresh = 1 ORDER BY sequence'),
    freshEvents: database.prepare('SELECT count(*) AS count FROM events WHERE fresh = 1'),
    // The oldest first: what is fresh is then always newer than what is not.
    settleEvents: database.prepare(
      `UPDATE events SET fresh = NULL WHERE sequence IN
         (SELECT sequence FROM events WHERE fresh = 1 ORDER BY sequence LIMIT ?)`,
    ),
    settleSignals: database.prepare(
      `UPDATE signals SET fresh = NULL WHERE sequence IN
         (SELECT sequence FROM signals WHERE fresh = 1 ORDER BY sequence LIMIT ?) RETURNING key`,
    ),
  };
}
