import type { DatabaseSync } from 'node:sqlite';
import { JournalError } from './journal-error.ts';

/** Kept in `user_version`. A journal with a greater one was written by a newer version and is refused. */
const schemaVersion = 1;

/** Kept in `application_id`: "PruJ" in ASCII. */
const applicationId = 0x5072754a;

/** `id` is the order in which the writes were begun; AUTOINCREMENT gives no number twice. */
const tables = `
  CREATE TABLE entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    resource TEXT NOT NULL,
    name TEXT NOT NULL,
    key TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    payload TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    kept_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'poison')),
    attempts INTEGER NOT NULL,
    fault TEXT NOT NULL
  ) STRICT;
  CREATE TABLE requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    entry INTEGER NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('retry', 'discard'))
  ) STRICT;
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID, STRICT;
`;

/** True for an empty database. Refuses, unchanged, what is no journal or one of a newer version. */
export function checkSchema(database: DatabaseSync, file: string): boolean {
  const version = pragma(database, 'user_version');
  const application = pragma(database, 'application_id');
  if (application === applicationId && version > schemaVersion) {
    throw new JournalError(
      'journal-newer',
      `the journal ${file} was written by a newer version of @prunella/guard (schema ${version}; this one knows` +
        ` up to ${schemaVersion}): use that version, or let it replay the journal first`,
    );
  }
  if (application === applicationId && version === schemaVersion) {
    const found = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
    if (found === 'ok') return false;
    throw new JournalError(
      'journal-corrupt',
      `the journal ${file} is damaged (${String(found)}): move it away to begin anew, and look into it with sqlite3`,
    );
  }
  const occupied = database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() !== undefined;
  if (application === 0 && version === 0 && !occupied) return true;
  throw new JournalError(
    'journal-foreign',
    `${file} is a database of another program (application id ${application}): name another file`,
  );
}

export function makeTables(database: DatabaseSync): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    database.exec(tables);
    database.exec(`PRAGMA application_id = ${applicationId}`);
    database.exec(`PRAGMA user_version = ${schemaVersion}`);
    database.exec('COMMIT');
  } catch (cause) {
    database.exec('ROLLBACK');
    throw cause;
  }
}

function pragma(database: DatabaseSync, name: 'user_version' | 'application_id'): number {
  const value = database.prepare(`PRAGMA ${name}`).get()?.[name];
  return typeof value === 'number' ? value : 0;
}
