import type { DatabaseSync } from 'node:sqlite';
import { StoreError } from './store-error.ts';

/** Kept in `user_version`. A store with a greater one was written by a newer version and is refused. */
const schemaVersion = 1;

/** Kept in `application_id`: "Prun" in ASCII. */
const applicationId = 0x5072756e;

const tables = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID, STRICT;
  CREATE TABLE events (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    resource TEXT NOT NULL,
    incident TEXT,
    event TEXT NOT NULL
  ) STRICT;
  CREATE INDEX events_by_resource ON events (resource, sequence);
  CREATE INDEX events_by_incident ON events (incident, sequence) WHERE incident IS NOT NULL;
  CREATE TABLE states (key TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID, STRICT;
  CREATE TABLE outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, command TEXT NOT NULL) STRICT;
  CREATE TABLE attempts (
    attempt TEXT PRIMARY KEY,
    attempt_order TEXT NOT NULL,
    reference TEXT,
    ended INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX attempts_open ON attempts (attempt) WHERE ended = 0;
  CREATE TABLE signals (key TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID, STRICT;
  CREATE INDEX signals_by_age ON signals (at);
  CREATE TABLE incidents (
    incident TEXT PRIMARY KEY,
    resource TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    closed_at INTEGER,
    story TEXT NOT NULL
  ) STRICT;
  CREATE INDEX incidents_by_opening ON incidents (opened_at);
  CREATE INDEX incidents_by_resource ON incidents (resource, opened_at);
  CREATE INDEX incidents_open ON incidents (opened_at) WHERE closed_at IS NULL;
`;

/** Makes the tables of an empty database with its identity, or checks that an existing one is ours. */
export function prepareSchema(
  database: DatabaseSync,
  path: string,
  identity: () => { readonly authority: string; readonly generation: number },
): void {
  const isFresh =
    pragma(database, 'application_id') === 0 &&
    pragma(database, 'user_version') === 0 &&
    database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
  if (!isFresh) {
    checkIdentity(database, path);
    return;
  }
  const { authority, generation } = identity();
  database.exec('BEGIN IMMEDIATE');
  try {
    database.exec(tables);
    const insert = database.prepare('INSERT INTO meta (key, value) VALUES (?, ?)');
    insert.run('authority', authority);
    insert.run('generation', String(generation));
    database.exec(`PRAGMA application_id = ${applicationId}`);
    database.exec(`PRAGMA user_version = ${schemaVersion}`);
    database.exec('COMMIT');
  } catch (cause) {
    database.exec('ROLLBACK');
    throw cause;
  }
}

/** The schema of a store that this version can read. Throws `store-newer` or `store-foreign`. */
export function checkIdentity(database: DatabaseSync, path: string): number {
  const version = pragma(database, 'user_version');
  const application = pragma(database, 'application_id');
  if (application === applicationId && version > schemaVersion) {
    throw new StoreError(
      'store-newer',
      `the store ${path} was written by a newer version of prunella (schema ${version}; this one knows up to ` +
        `${schemaVersion}): start that version, or restore a backup that this one made`,
    );
  }
  if (application !== applicationId || version !== schemaVersion) {
    throw new StoreError(
      'store-foreign',
      `${path} is a database of another program (application id ${application}): name another folder`,
    );
  }
  return version;
}

/** Whether a database is a store that this version can read. */
export function isOurs(database: DatabaseSync): boolean {
  return (
    pragma(database, 'application_id') === applicationId && pragma(database, 'user_version') === schemaVersion
  );
}

function pragma(database: DatabaseSync, name: 'user_version' | 'application_id'): number {
  const value = database.prepare(`PRAGMA ${name}`).get()?.[name];
  return typeof value === 'number' ? value : 0;
}
