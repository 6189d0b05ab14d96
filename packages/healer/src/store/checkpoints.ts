import type { DatabaseSync } from 'node:sqlite';

/**
 * Pages in the write-ahead log at which a commit takes them into the database by itself: 16 MiB. SQLite's own 1,000 are
 * some 20 signals with their repairs, and the one that comes last waits for it. Four times as many hold up the event
 * loop for seconds on a slow disk.
 */
const pagesAtMost = 4_000;

/** A quiet moment takes the log in when so many commits have gone into it. */
const commitsAtLeast = 32;
const quietMs = 100;
/**
 * In a flood no moment is quiet: then it is taken in between two commits, a little at a time. Each time a signal waits
 * for it, as often as not; each second that were one of a hundred in a steady flow.
 */
const waitsAtMostMs = 5_000;

/** Takes the write-ahead log into the database while nothing else is written, so that as good as nobody waits for it. */
export class Checkpoints {
  readonly #database: DatabaseSync;
  #commits = 0;
  #committedAt = 0;
  #takeAt = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec(`PRAGMA wal_autocheckpoint = ${pagesAtMost}`);
  }

  /** To be told of each transaction that may have written. */
  committed(): void {
    this.#commits += 1;
    this.#committedAt = performance.now();
    if (this.#commits < commitsAtLeast || this.#timer !== null) return;
    this.#takeAt = this.#committedAt + waitsAtMostMs;
    this.#look(quietMs);
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** One timer, however many commits come meanwhile. It keeps no process alive: closing takes the log in, too. */
  #look(inMs: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = null;
      const now = performance.now();
      const quietForMs = now - this.#committedAt;
      if (quietForMs < quietMs && now < this.#takeAt) this.#look(quietMs - quietForMs);
      else this.#take();
    }, inMs).unref();
  }

  #take(): void {
    this.#commits = 0;
    try {
      this.#database.exec('PRAGMA wal_checkpoint(PASSIVE)');
    } catch {
      // Whatever keeps it from that, such as a full disk, keeps the next commit, too, and that one is told.
    }
  }
}
