import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../clock.ts';
import type { Fault } from '../fault.ts';
import { type EntryState, entryOf, faultText, type JournalEntry, type Row } from './entry.ts';
import { GroupCommit } from './group-commit.ts';
import { JournalError, journalErrorFrom } from './journal-error.ts';
import { makePrivate } from './make-private.ts';
import { checkSchema, makeTables } from './schema.ts';
import { loadSqlite } from './sqlite.ts';

/** How long a write waits for another program's lock before it fails. Blocks the process meanwhile. */
const busyTimeoutMs = 100;

/** What SQLite's log beside the file is cut to once its content is in the file. */
const logBytesAtMost = 4 * 1_048_576;
/** A file without entries is made small again when it is opened with more pages than this. */
const emptyPagesAtMost = 256;

export interface NewEntry {
  readonly id: number;
  readonly resource: string;
  readonly name: string;
  readonly key: string;
  readonly idempotencyKey: string;
  readonly text: string;
  readonly bytes: number;
  readonly keptAt: number;
  readonly fault: Fault;
}

export interface EntryQuery {
  readonly resource?: string;
  readonly state?: EntryState;
  /** Only those with a greater id. */
  readonly after?: number;
  readonly limit: number;
}

export interface JournalRequest {
  readonly id: number;
  readonly entry: number;
  readonly action: 'retry' | 'discard';
}

/** The SQLite file of a journal, in the hands of its one writer. */
export class JournalFile {
  readonly path: string;
  readonly #database: DatabaseSync;
  readonly #commit: GroupCommit;
  readonly #statements: ReturnType<typeof prepareStatements>;
  #dataVersion = -1;
  #closed = false;

  private constructor(database: DatabaseSync, path: string, clock: Clock) {
    this.#database = database;
    this.path = path;
    this.#commit = new GroupCommit(database, clock, (error) => {
      process.emitWarning(journalErrorFrom(error, 'write to', path).message, 'PrunellaWarning');
    });
    this.#statements = prepareStatements(database);
  }

  /** Throws a `JournalError`. What it refuses it leaves as it is. */
  static async open(path: string, clock: Clock): Promise<JournalFile> {
    const sqlite = await loadSqlite(path);
    let database: DatabaseSync | undefined;
    try {
      await makePrivate(path);
      database = new sqlite.DatabaseSync(path);
      // Not the option `timeout`, which the oldest supported Node does not know yet.
      database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
      const empty = checkSchema(database, path);
      database.exec('PRAGMA journal_mode = WAL');
      database.exec('PRAGMA synchronous = FULL');
      database.exec(`PRAGMA journal_size_limit = ${logBytesAtMost}`);
      if (empty) makeTables(database);
      else shrinkEmpty(database);
      database
        .prepare("INSERT OR REPLACE INTO meta (key, value) VALUES ('holder', ?)")
        .run(String(process.pid));
      return new JournalFile(database, path, clock);
    } catch (cause) {
      database?.close();
      throw journalErrorFrom(cause, 'open', path);
    }
  }

  /** The greatest id that was ever given. */
  lastId(): number {
    return this.#number(this.#statements.lastId.get());
  }

  size(): { readonly count: number; readonly bytes: number } {
    const row = this.#statements.size.get();
    return { count: Number(row?.['count'] ?? 0), bytes: Number(row?.['bytes'] ?? 0) };
  }

  /** Resolves when it is on disk; rejects with a `JournalError`. */
  async add(entry: NewEntry): Promise<void> {
    if (this.#closed) throw this.#closedError();
    const { id, resource, name, key, idempotencyKey, text, bytes, keptAt, fault } = entry;
    const insert = () =>
      this.#statements.add.run(
        id,
        resource,
        name,
        key,
        idempotencyKey,
        text,
        bytes,
        Math.round(keptAt),
        faultText(fault),
      );
    try {
      await this.#commit.safe(insert);
    } catch (cause) {
      throw journalErrorFrom(cause, 'write to', this.path);
    }
  }

  /** As the others that return nothing: written soon, and not at all once the file is closed. */
  remove(id: number): void {
    this.#soon(() => this.#statements.remove.run(id));
  }

  failed(id: number, attempts: number, state: EntryState, fault: Fault): void {
    const text = faultText(fault);
    this.#soon(() => this.#statements.failed.run(attempts, state, text, id));
  }

  tryAgain(id: number): void {
    this.#soon(() => this.#statements.tryAgain.run(id));
  }

  answered(request: number): void {
    this.#soon(() => this.#statements.answered.run(request));
  }

  list({ resource, state, after = 0, limit }: EntryQuery): JournalEntry[] {
    return this.#reading(() =>
      this.#statements.list
        .all(after, resource ?? null, resource ?? null, state ?? null, state ?? null, limit)
        .map(entryOf),
    );
  }

  entry(id: number): JournalEntry | undefined {
    const row = this.#reading(() => this.#statements.entry.get(id));
    return row === undefined ? undefined : entryOf(row);
  }

  /** What others asked for in the file; empty where it has not been changed by others since the last look. */
  requests(evenIfUnchanged: boolean): JournalRequest[] {
    const version = this.#number(this.#statements.dataVersion.get());
    if (version === this.#dataVersion && !evenIfUnchanged) return [];
    this.#dataVersion = version;
    return this.#statements.requests.all().map((row) => ({
      id: Number(row['id']),
      entry: Number(row['entry']),
      action: row['action'] === 'retry' ? 'retry' : 'discard',
    }));
  }

  /** Writes at once what is to be written. Throws a `JournalError`. */
  flush(): void {
    if (this.#closed) throw this.#closedError();
    const failed = this.#commit.flush();
    if (failed !== undefined) throw journalErrorFrom(failed, 'write to', this.path);
  }

  /** Safe to repeat. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // What cannot be written now is made again by the next process, with the same idempotency key.
    this.#commit.flush();
    this.#commit.stop();
    this.#database.close();
  }

  #soon(operation: () => void): void {
    if (!this.#closed) this.#commit.soon(operation);
  }

  #reading<Result>(read: () => Result): Result {
    this.flush();
    try {
      return read();
    } catch (cause) {
      throw journalErrorFrom(cause, 'read', this.path);
    }
  }

  #number(row: Row | undefined): number {
    const value = row === undefined ? 0 : Object.values(row)[0];
    return typeof value === 'number' ? value : 0;
  }

  #closedError(): JournalError {
    return new JournalError('journal-closed', `the journal ${this.path} is closed: open it anew to go on`);
  }
}

/** A long outage leaves a large file behind, which SQLite would keep for the next one. */
function shrinkEmpty(database: DatabaseSync): void {
  const pages = Number(database.prepare('PRAGMA page_count').get()?.['page_count'] ?? 0);
  if (pages <= emptyPagesAtMost) return;
  if (database.prepare('SELECT 1 FROM entries LIMIT 1').get() === undefined) database.exec('VACUUM');
}

export const listQuery = `
  SELECT * FROM entries
  WHERE id > ? AND (? IS NULL OR resource = ?) AND (? IS NULL OR state = ?) ORDER BY id LIMIT ?`;

function prepareStatements(database: DatabaseSync) {
  return {
    lastId: database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'entries'"),
    size: database.prepare('SELECT count(*) AS count, coalesce(sum(bytes), 0) AS bytes FROM entries'),
    add: database.prepare(`
      INSERT INTO entries
        (id, resource, name, key, idempotency_key, payload, bytes, kept_at, state, attempts, fault)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'waiting', 0, ?)`),
    remove: database.prepare('DELETE FROM entries WHERE id = ?'),
    failed: database.prepare('UPDATE entries SET attempts = ?, state = ?, fault = ? WHERE id = ?'),
    tryAgain: database.prepare("UPDATE entries SET state = 'waiting', attempts = 0 WHERE id = ?"),
    answered: database.prepare('DELETE FROM requests WHERE id = ?'),
    list: database.prepare(listQuery),
    entry: database.prepare('SELECT * FROM entries WHERE id = ?'),
    dataVersion: database.prepare('PRAGMA data_version'),
    requests: database.prepare('SELECT id, entry, action FROM requests ORDER BY id'),
  };
}
