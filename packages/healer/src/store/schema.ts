import type { DatabaseSync } from 'node:sqlite';
import { firstSchemaVersion, migrateUp, schemaVersion, stepsDown } from './migrations.ts';
import { StoreError } from './store-error.ts';

/** Kept in `application_id`: "Prun" in ASCII. */
const applicationId = 0x5072756e;

/** Schema 1. What came since is in `migrations.ts`. */
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

/** Makes the tables of an empty database with its identity; takes a store of an older version to this one's schema. */
export function prepareSchema(
  database: DatabaseSync,
  path: string,
  identity: () => { readonly authority: string; readonly generation: number },
): void {
  if (isFresh(database)) {
    const { authority, generation } = identity();
    inTransaction(database, () => {
      database.exec(tables);
      const insert = database.prepare('INSERT INTO meta (key, value) VALUES (?, ?)');
      insert.run('authority', authority);
      insert.run('generation', String(generation));
      database.exec(`PRAGMA application_id = ${applicationId}`);
      migrateUp(database, firstSchemaVersion);
    });
    return;
  }
  const version = checkIdentity(database, path);
  if (version < schemaVersion) inTransaction(database, () => migrateUp(database, version));
}

/** Throws where an existing database is no store of this version's. To be called before anything is changed. */
export function refuseOthers(database: DatabaseSync, path: string): void {
  if (!isFresh(database)) checkIdentity(database, path);
}

function isFresh(database: DatabaseSync): boolean {
  return (
    pragma(database, 'application_id') === 0 &&
    pragma(database, 'user_version') === 0 &&
    database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined
  );
}

/** The schema of a store that this version can read. Throws `store-newer` or `store-foreign`. */
export function checkIdentity(database: DatabaseSync, path: string): number {
  const version = schemaOf(database, path);
  if (version <= schemaVersion) return version;
  const wayBack =
    stepsDown(database, version, schemaVersion) === null
      ? 'or restore a backup that this one made'
      : `or take it back with \`prunella migrate --to ${schemaVersion}\`, or restore a backup that this one made`;
  throw new StoreError(
    'store-newer',
    `the store ${path} was written by a newer version of prunella (schema ${version}; this one knows up to ` +
      `${schemaVersion}): start that version, ${wayBack}`,
  );
}

/** Of any store, newer ones too. Throws `store-foreign`. */
export function schemaOf(database: DatabaseSync, path: string): number {
  const version = pragma(database, 'user_version');
  const application = pragma(database, 'application_id');
  if (application === applicationId && version >= firstSchemaVersion) return version;
  throw new StoreError(
    'store-foreign',
    `${path} is no store of prunella but a database of another program (application id ${application}): name ` +
      'another one',
  );
}

/** All of it or nothing. */
export function inTransaction<Value>(database: DatabaseSync, work: () => Value): Value {
  database.exec('BEGIN IMMEDIATE');
  try {
    const value = work();
    database.exec('COMMIT');
    return value;
  } catch (cause) {
    try {
      database.exec('ROLLBACK');
    } catch {
      // After some faults, a full disk among them, SQLite has rolled back by itself.
    }
    throw cause;
  }
}

function pragma(database: DatabaseSync, name: 'user_version' | 'application_id'): number {
  const value = database.prepare(`PRAGMA ${name}`).get()?.[name];
  return typeof value === 'number' ? value : 0;
}
