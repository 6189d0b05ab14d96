import { access } from 'node:fs/promises';
import type { DatabaseSync } from 'node:sqlite';
import { checkNumber } from '../check.ts';
import { entryOf, type JournalEntry } from './entry.ts';
import { JournalError, journalErrorFrom } from './journal-error.ts';
import { type EntryQuery, listQuery } from './journal-file.ts';
import { checkSchema } from './schema.ts';
import { loadSqlite } from './sqlite.ts';

const busyTimeoutMs = 5_000;

/** A journal as seen beside the application that has it open. */
export interface JournalView {
  list(query?: Partial<EntryQuery>): JournalEntry[];
  entry(id: number): JournalEntry | undefined;
  /**
   * Asks the application that has the journal open, or the next one that opens it, for this; answers the number of
   * the request.
   */
  ask(action: 'retry' | 'discard', entry: number): number;
  /** False once the application has answered the request. */
  isOpen(request: number): boolean;
  close(): void;
}

/** Opens a journal without taking it over. Throws a `JournalError`. */
export async function viewJournal(file: string): Promise<JournalView> {
  const database = await openExisting(file);
  const guarded = <Result>(doing: string, work: () => Result): Result => {
    try {
      return work();
    } catch (cause) {
      throw journalErrorFrom(cause, doing, file);
    }
  };
  return {
    list: (query = {}) => {
      const { resource = null, state = null, after = 0 } = query;
      const limit = checkNumber('limit', query.limit ?? 100, 1, 10_000, true);
      const rows = () => database.prepare(listQuery).all(after, resource, resource, state, state, limit);
      return guarded('read', () => rows().map(entryOf));
    },
    entry: (id) => {
      const row = guarded('read', () => database.prepare('SELECT * FROM entries WHERE id = ?').get(id));
      return row === undefined ? undefined : entryOf(row);
    },
    ask: (action, entry) => {
      const insert = database.prepare('INSERT INTO requests (entry, action) VALUES (?, ?)');
      return guarded('write to', () => Number(insert.run(entry, action).lastInsertRowid));
    },
    isOpen: (request) => {
      const find = database.prepare('SELECT 1 FROM requests WHERE id = ?');
      return guarded('read', () => find.get(request) !== undefined);
    },
    close: () => database.close(),
  };
}

/** The process that opened the journal last; null where that cannot be read. */
export async function holderOf(file: string): Promise<string | null> {
  try {
    const database = await openExisting(file);
    try {
      const row = database.prepare("SELECT value FROM meta WHERE key = 'holder'").get();
      return typeof row?.['value'] === 'string' ? row['value'] : null;
    } finally {
      database.close();
    }
  } catch {
    return null;
  }
}

async function openExisting(file: string): Promise<DatabaseSync> {
  const { DatabaseSync: Database } = await loadSqlite(file);
  try {
    await access(file);
  } catch (cause) {
    const message = `there is no journal ${file}: name the file that the application gave to openJournal`;
    throw new JournalError('journal-missing', message, { cause });
  }
  let database: DatabaseSync | undefined;
  try {
    database = new Database(file);
    database.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    if (!checkSchema(database, file)) return database;
  } catch (cause) {
    database?.close();
    throw journalErrorFrom(cause, 'open', file);
  }
  database.close();
  throw new JournalError(
    'journal-missing',
    `${file} is empty: no application has opened it as a journal yet`,
  );
}
