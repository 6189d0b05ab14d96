import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../clock.ts';
import { isRefusal } from './journal-error.ts';

type Operation = () => void;

/** Between two commits the event loop is free for at least this many times the time that the last one took. */
const freeTimes = 3;
/** What nobody waits for is written together with what comes within this time. */
const lazyMs = 20;
/** Until what could not be written is tried again. */
const retryMs = 1_000;

/**
 * Writes what is asked for in one go as one transaction with one fsync, and takes at most a quarter of the event
 * loop's time for it. What must be safe is told when it is; the rest is tried until it is written. What SQLite
 * refuses for its own sake fails alone.
 */
export class GroupCommit {
  readonly #database: DatabaseSync;
  readonly #clock: Clock;
  readonly #onFailing: (error: unknown) => void;
  #lazy: Operation[] = [];
  #awaited: { operation: Operation; resolve: () => void; reject: (error: unknown) => void }[] = [];
  #immediate: NodeJS.Immediate | null = null;
  #timer: NodeJS.Timeout | null = null;
  #urgent = false;
  #failing = false;
  #nextAt = Number.NEGATIVE_INFINITY;

  /** `onFailing` is told once in a row of failures and of each lazy one that is refused: nobody waits for those. */
  constructor(database: DatabaseSync, clock: Clock, onFailing: (error: unknown) => void) {
    this.#database = database;
    this.#clock = clock;
    this.#onFailing = onFailing;
  }

  /** Resolves when it is on disk. */
  safe(operation: Operation): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#awaited.push({ operation, resolve, reject });
      this.#schedule();
    });
  }

  /** Written soon. Losing it with the process does no harm. */
  soon(operation: Operation): void {
    this.#lazy.push(operation);
    this.#schedule();
  }

  /** Writes at once. What is lazy stays for the next time where it fails. */
  flush(): unknown {
    this.stop();
    const [lazy, awaited] = [this.#lazy, this.#awaited];
    if (lazy.length + awaited.length === 0) return undefined;
    this.#lazy = [];
    this.#awaited = [];
    const beganAt = this.#clock.now();
    let refused: ReadonlyMap<Operation, unknown>;
    try {
      refused = this.#write([...lazy, ...awaited.map(({ operation }) => operation)]);
    } catch (error) {
      this.#lazy = [...lazy, ...this.#lazy];
      if (!this.#failing) this.#onFailing(error);
      this.#failing = true;
      for (const { reject } of awaited) reject(error);
      this.#nextAt = this.#clock.now() + retryMs;
      if (this.#lazy.length > 0) this.#schedule();
      return error;
    }
    this.#failing = false;
    const now = this.#clock.now();
    this.#nextAt = now + freeTimes * (now - beganAt);
    for (const { operation, resolve, reject } of awaited) {
      if (refused.has(operation)) reject(refused.get(operation));
      else resolve();
    }
    for (const operation of lazy) if (refused.has(operation)) this.#onFailing(refused.get(operation));
    return undefined;
  }

  stop(): void {
    if (this.#immediate !== null) clearImmediate(this.#immediate);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#immediate = null;
    this.#timer = null;
  }

  #schedule(): void {
    const urgent = this.#awaited.length > 0;
    if (this.#immediate !== null || (this.#timer !== null && (this.#urgent || !urgent))) return;
    this.stop();
    this.#urgent = urgent;
    const inMs = Math.max(this.#nextAt - this.#clock.now(), urgent ? 0 : lazyMs);
    if (inMs <= 0) {
      this.#immediate = setImmediate(() => this.flush());
      return;
    }
    this.#timer = setTimeout(() => this.flush(), inMs);
    // A process does not end while a caller waits for the disk; for what is lazy it may.
    if (!urgent) this.#timer.unref();
  }

  /** Answers those that were refused; throws where nothing could be written. */
  #write(operations: readonly Operation[]): ReadonlyMap<Operation, unknown> {
    const refused = new Map<Operation, unknown>();
    try {
      this.#transaction(() => {
        for (const operation of operations) operation();
      });
    } catch (error) {
      if (!isRefusal(error)) throw error;
      this.#transaction(() => {
        for (const operation of operations) {
          const why = this.#alone(operation);
          if (why !== undefined) refused.set(operation, why);
        }
      });
    }
    return refused;
  }

  /** Takes back only what this one did, where it is refused; answers why. */
  #alone(operation: Operation): unknown {
    this.#database.exec('SAVEPOINT one');
    let why: unknown;
    try {
      operation();
    } catch (error) {
      if (!isRefusal(error)) throw error;
      this.#database.exec('ROLLBACK TO one');
      why = error;
    }
    this.#database.exec('RELEASE one');
    return why;
  }

  #transaction(work: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#database.exec('COMMIT');
    } catch (cause) {
      try {
        this.#database.exec('ROLLBACK');
      } catch {
        // After some faults, a full disk among them, SQLite has rolled back by itself.
      }
      throw cause;
    }
  }
}
