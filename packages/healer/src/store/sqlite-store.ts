import { randomUUID } from 'node:crypto';
import { chmod, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { AccessRecords } from '../access/access-records.ts';
import { Checkpoints } from './checkpoints.ts';
import { FreshRows } from './fresh-rows.ts';
import { GroupCommit } from './group-commit.ts';
import type { KeyedAnswers } from './keyed-answers.ts';
import { KnownSignals } from './known-signals.ts';
import { defaultRetention, Retention, type RetentionSettings } from './retention.ts';
import { prepareSchema, refuseOthers } from './schema.ts';
import { SqliteAccess } from './sqlite-access.ts';
import { SqliteAnswers } from './sqlite-answers.ts';
import { SqliteReader } from './sqlite-reader.ts';
import { SqliteWriter } from './sqlite-writer.ts';
import { type IncidentQuery, type LogQuery, type Store, signalMemoryMs, type Transaction } from './store.ts';
import { StoreError, storeErrorFrom } from './store-error.ts';

/** The engine's store, and beside it what is kept of those who may come in. */
export interface HealerStore extends Store {
  readonly access: AccessRecords;
  readonly answers: KeyedAnswers;
}

export interface SqliteStoreOptions {
  /** Made with mode 0700 where it does not exist. Holds `prunella.db` and SQLite's files beside it. */
  readonly folder: string;
  /** The healer's clock, ms since the Unix epoch. */
  readonly now: () => number;
  /** How much of the past is kept. Default: 90 days, and at most 2 GiB. */
  readonly retention?: RetentionSettings;
}

/** The name of the database within the folder. */
export const databaseFileName = 'prunella.db';

/** Between two looks at what is too old; while there is more of it than one look removes, sooner. */
const sweepEveryMs = 60_000;
const sweepAgainMs = 1_000;

/** What SQLite leaves of its write-ahead log after a long reader, such as a backup, has let it grow. */
const walLimitBytes = 16 * 1024 * 1024;

/** How long a write waits for another program's lock before it is refused. Blocks the process meanwhile. */
const busyTimeoutMs = 1000;

/**
 * Opens or makes the store. Take the folder's lock first (`acquireStoreLock`). Throws a `StoreError`:
 * `store-newer`, `store-corrupt`, `store-foreign`, `store-read-only`, `store-full`, `store-busy`, `store-failed`.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<HealerStore> {
  const path = join(options.folder, databaseFileName);
  try {
    await makePrivateFolder(options.folder);
    await (await open(path, 'a', 0o600)).close();
  } catch (cause) {
    throw storeErrorFrom(cause, 'make', path);
  }
  // Loaded here and not above: an application that never opens a store is not told that SQLite is experimental.
  const sqlite = await import('node:sqlite');
  let database: DatabaseSync | undefined;
  try {
    database = new sqlite.DatabaseSync(path);
    // Not the option `timeout`, which the oldest supported Node does not know yet.
    database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    refuseOthers(database, path);
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = FULL');
    database.exec(`PRAGMA journal_size_limit = ${walLimitBytes}`);
    prepareSchema(database, path, () => ({ authority: randomUUID(), generation: options.now() }));
    return new SqliteStore(database, path, options);
  } catch (cause) {
    database?.close();
    throw storeErrorFrom(cause, 'open', path);
  }
}

/** Also used for the lock: whoever comes first makes it. */
export async function makePrivateFolder(folder: string): Promise<void> {
  const made = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (made !== undefined) {
    await chmod(folder, 0o700);
  }
}

class SqliteStore implements HealerStore {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #now: () => number;
  readonly #reader: SqliteReader;
  readonly #access: SqliteAccess;
  readonly #answers: SqliteAnswers;
  readonly #group: GroupCommit;
  readonly #retention: Retention;
  readonly #checkpoints: Checkpoints;
  readonly #fresh: FreshRows;
  readonly #known: KnownSignals;
  #sweepAt = Number.NEGATIVE_INFINITY;
  #sweeping: NodeJS.Immediate | null = null;
  #closed = false;

  constructor(database: DatabaseSync, path: string, { now, retention }: SqliteStoreOptions) {
    this.#database = database;
    this.#path = path;
    this.#now = now;
    this.#reader = new SqliteReader(database);
    this.#access = new SqliteAccess(database);
    this.#answers = new SqliteAnswers(database, now);
    this.#checkpoints = new Checkpoints(database);
    this.#known = new KnownSignals(database);
    this.#fresh = new FreshRows(database, (keys) => {
      this.#known.add(keys);
      this.#checkpoints.committed();
    });
    this.#retention = new Retention(database, retention ?? defaultRetention);
    const writer = new SqliteWriter(database, { now, signalMemoryMs });
    this.#group = new GroupCommit((prepared) => {
      try {
        const receipts = writer.write(prepared);
        this.#fresh.written(prepared);
        if (prepared.some(({ signals }) => signals.length > 0)) this.#known.fill();
        this.#checkpoints.committed();
        this.#scheduleSweep();
        return receipts;
      } catch (cause) {
        throw storeErrorFrom(cause, 'write to', path);
      }
    });
  }

  get access(): AccessRecords {
    return {
      tokens: () => this.#reading(() => this.#access.tokens()),
      sessions: () => this.#reading(() => this.#access.sessions()),
      audit: (query) => this.#reading(() => this.#access.audit(query)),
      write: (change) => this.#writing(() => this.#access.write(change)),
    };
  }

  get answers(): KeyedAnswers {
    return {
      find: (key) => this.#reading(() => this.#answers.find(key)),
      put: (answer) => this.#writing(() => this.#answers.put(answer)),
      drop: (key) => this.#writing(() => this.#answers.drop(key)),
    };
  }

  async load() {
    return this.#reading(() => this.#reader.load());
  }

  commit(transaction: Transaction) {
    if (this.#closed) {
      return Promise.reject(this.#closedError());
    }
    return this.#group.add(transaction);
  }

  async read(query: LogQuery) {
    return this.#reading(() => this.#reader.log(query, this.#fresh.settledTo));
  }

  async hasSignal(key: string) {
    return this.#reading(() => {
      const notBefore = this.#now() - signalMemoryMs;
      if (this.#fresh.hasSignal(key, notBefore)) return true;
      return this.#known.mayHave(key) && this.#reader.hasSignal(key, notBefore);
    });
  }

  async incidents(query: IncidentQuery) {
    return this.#reading(() => this.#reader.incidents(query));
  }

  async close() {
    if (this.#closed) {
      return;
    }
    this.#closed = true;
    this.#group.flush();
    this.#fresh.stop();
    this.#checkpoints.stop();
    if (this.#sweeping !== null) clearImmediate(this.#sweeping);
    this.#database.close();
  }

  /** After a write and not by a timer: where nothing is written, nothing grows. Those who wait are told first. */
  #scheduleSweep(): void {
    const now = this.#now();
    if (
      this.#sweeping !== null ||
      this.#closed ||
      (now < this.#sweepAt && now > this.#sweepAt - sweepEveryMs)
    ) {
      return;
    }
    this.#sweeping = setImmediate(() => {
      this.#sweeping = null;
      if (this.#closed) return;
      let isMore = false;
      try {
        isMore = this.#retention.sweep(now);
        this.#checkpoints.committed();
      } catch {
        // What keeps this from being written keeps the next commit, too, and that one is told.
      }
      this.#sweepAt = now + (isMore ? sweepAgainMs : sweepEveryMs);
    });
  }

  #reading<Value>(read: () => Value): Value {
    if (this.#closed) {
      throw this.#closedError();
    }
    try {
      return read();
    } catch (cause) {
      throw storeErrorFrom(cause, 'read', this.#path);
    }
  }

  #writing(write: () => void): void {
    if (this.#closed) {
      throw this.#closedError();
    }
    try {
      write();
      this.#checkpoints.committed();
    } catch (cause) {
      throw storeErrorFrom(cause, 'write to', this.#path);
    }
  }

  #closedError(): StoreError {
    return new StoreError('store-closed', `the store ${this.#path} is closed: the healer is stopping`);
  }
}
