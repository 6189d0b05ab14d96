import type { DatabaseSync } from 'node:sqlite';
import { isBusy, JournalError, journalErrorFrom } from './journal-error.ts';
import { makePrivate } from './make-private.ts';
import { holderOf } from './open-beside.ts';
import { loadSqlite } from './sqlite.ts';

/**
 * One writer a journal. The kernel holds the lock (an exclusive lock on a database of its own beside the file), so
 * that it is free the moment the process is gone, however it went. Returns what gives it free.
 */
export async function lockJournal(file: string): Promise<() => void> {
  const { DatabaseSync: Database } = await loadSqlite(file);
  const path = `${file}.lock`;
  let database: DatabaseSync;
  try {
    await makePrivate(path);
    database = new Database(path);
  } catch (cause) {
    throw journalErrorFrom(cause, 'lock', file);
  }
  try {
    // Not WAL: there a reader would not be kept out, and nothing is ever written.
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    if (isBusy(cause)) throw await heldError(file);
    throw journalErrorFrom(cause, 'lock', file);
  }
  return () => database.close();
}

async function heldError(file: string): Promise<JournalError> {
  const holder = await holderOf(file);
  const who = holder === null ? 'another process' : `process ${holder}`;
  return new JournalError(
    'journal-held',
    `the journal ${file} is open in ${who}: one process at a time writes to it; give each its own file`,
  );
}
