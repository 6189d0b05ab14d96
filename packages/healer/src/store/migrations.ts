import type { DatabaseSync } from 'node:sqlite';
import { StoreError } from './store-error.ts';

/** One step from a schema to the next, and back. */
interface Migration {
  readonly to: number;
  readonly up: string;
  /** Undoes `up` and loses nothing that the schema before could hold. Kept in the store itself. */
  readonly down: string;
}

/** In their order, without a gap. A store is made by schema 1 and all of them, so that there is one way to each. */
const migrations: readonly Migration[] = [
  {
    to: 2,
    // The way back from any schema lies in the store, so that an older version can go it, which does not know it.
    up: `
      CREATE TABLE migrations (version INTEGER PRIMARY KEY, down TEXT NOT NULL) STRICT;
      CREATE INDEX attempts_by_incident ON attempts (json_extract(attempt_order, '$.incident'));
      CREATE INDEX incidents_by_closing ON incidents (closed_at) WHERE closed_at IS NOT NULL;
    `,
    down: `
      DROP INDEX incidents_by_closing;
      DROP INDEX attempts_by_incident;
      DROP TABLE migrations;
    `,
  },
  {
    to: 3,
    // An entry of the audit goes only where retention has noted so before, and none is ever changed.
    up: `
      CREATE TABLE tokens (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        role TEXT NOT NULL,
        hash BLOB NOT NULL UNIQUE,
        services TEXT,
        resources TEXT,
        created_at INTEGER NOT NULL,
        created_by TEXT NOT NULL,
        expires_at INTEGER,
        revoked_at INTEGER,
        last_used_at INTEGER
      ) STRICT;
      CREATE TABLE sessions (
        hash BLOB PRIMARY KEY,
        credential TEXT NOT NULL,
        binding BLOB,
        created_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        last_seen_at INTEGER NOT NULL
      ) WITHOUT ROWID, STRICT;
      CREATE TABLE audit (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        entry TEXT NOT NULL,
        hash TEXT NOT NULL,
        actor TEXT GENERATED ALWAYS AS (json_extract(entry, '$.actor.name')) VIRTUAL,
        person TEXT GENERATED ALWAYS AS (json_extract(entry, '$.actor.person')) VIRTUAL,
        action TEXT GENERATED ALWAYS AS (json_extract(entry, '$.action')) VIRTUAL,
        result TEXT GENERATED ALWAYS AS (json_extract(entry, '$.result')) VIRTUAL
      ) STRICT;
      CREATE INDEX audit_by_actor ON audit (actor, sequence);
      CREATE INDEX audit_by_person ON audit (person, sequence) WHERE person IS NOT NULL;
      CREATE INDEX audit_by_action ON audit (action, sequence);
      CREATE INDEX audit_by_time ON audit (at);
      CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit BEGIN
        SELECT RAISE(ABORT, 'the audit is append-only');
      END;
      CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
      WHEN OLD.sequence > COALESCE(
        (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'audit-removed-to'), 0
      ) BEGIN
        SELECT RAISE(ABORT, 'the audit is append-only');
      END;
      CREATE TABLE keyed_answers (
        key TEXT PRIMARY KEY,
        at INTEGER NOT NULL,
        fingerprint TEXT NOT NULL,
        answer TEXT
      ) WITHOUT ROWID, STRICT;
      CREATE INDEX keyed_answers_by_age ON keyed_answers (at);
    `,
    down: `
      DROP TABLE keyed_answers;
      DROP TABLE audit;
      DROP TABLE sessions;
      DROP TABLE tokens;
      DELETE FROM meta WHERE key IN ('audit-removed-to', 'audit-removed-link');
    `,
  },
  {
    to: 4,
    // The schema before knew no grants: its way back leaves tokens that may less.
    up: 'ALTER TABLE tokens ADD COLUMN signals TEXT;',
    down: 'ALTER TABLE tokens DROP COLUMN signals;',
  },
  {
    to: 5,
    // What the fleet keeps of each resource and attempt gets a row of its own, so that one more costs no rewriting of all.
    up: `
      INSERT INTO states (key, state)
        SELECT 'fleet/' || kept.key || '/' || (row_number() OVER (PARTITION BY kept.key) - 1), each.value
        FROM states, json_each(states.state) AS kept, json_each(kept.value) AS each
        WHERE states.key = 'fleet' AND kept.key IN ('leases', 'waiting', 'starts', 'standings', 'openings');
      UPDATE states
        SET state = json_remove(state, '$.leases', '$.waiting', '$.starts', '$.standings', '$.openings')
        WHERE key = 'fleet';
      UPDATE states
        SET state = json_set(state, '$.pending', COALESCE((
          SELECT each.value FROM states AS ledger, json_each(ledger.state, '$.pendingAt') AS each
          WHERE ledger.key = 'ledger' AND 'resource/' || each.key = states.key
        ), 0))
        WHERE key GLOB 'resource/*';
      UPDATE states SET state = json_remove(state, '$.pendingAt') WHERE key = 'ledger';
    `,
    down: `
      UPDATE states
        SET state = json_set(state, '$.pendingAt', json((
          SELECT json_group_object(substr(each.key, 10), json_extract(each.state, '$.pending'))
          FROM states AS each
          WHERE each.key GLOB 'resource/*' AND json_extract(each.state, '$.pending') > 0
        )))
        WHERE key = 'ledger';
      UPDATE states SET state = json_remove(state, '$.pending') WHERE key GLOB 'resource/*';
      UPDATE states
        SET state = json_set(state,
          '$.leases', json((
            SELECT json_group_array(json(each.state) ORDER BY CAST(substr(each.key, 14) AS INTEGER))
            FROM states AS each WHERE each.key GLOB 'fleet/leases/*')),
          '$.waiting', json((
            SELECT json_group_array(json(each.state) ORDER BY CAST(substr(each.key, 15) AS INTEGER))
            FROM states AS each WHERE each.key GLOB 'fleet/waiting/*')),
          '$.starts', json((
            SELECT json_group_array(json(each.state) ORDER BY CAST(substr(each.key, 14) AS INTEGER))
            FROM states AS each WHERE each.key GLOB 'fleet/starts/*')),
          '$.standings', json((
            SELECT json_group_object(json_extract(each.state, '$.resource'), json(each.state)
              ORDER BY CAST(substr(each.key, 17) AS INTEGER))
            FROM states AS each WHERE each.key GLOB 'fleet/standings/*')),
          '$.openings', json((
            SELECT json_group_array(json(each.state) ORDER BY CAST(substr(each.key, 16) AS INTEGER))
            FROM states AS each WHERE each.key GLOB 'fleet/openings/*')))
        WHERE key = 'fleet';
      UPDATE states SET state = json_remove(state, '$.waiting')
        WHERE key = 'fleet' AND json_array_length(state, '$.waiting') = 0;
      DELETE FROM states WHERE key GLOB 'fleet/*';
    `,
  },
  {
    to: 6,
    // What is fresh is in no index that would have to be written in many places: `fresh-rows.ts`. Signals that nothing
    // opens on get a row of their own: `unheeded.ts`.
    up: `
      ALTER TABLE events ADD COLUMN fresh INTEGER;
      DROP INDEX events_by_resource;
      CREATE INDEX events_by_resource ON events (resource, sequence) WHERE fresh IS NULL;
      CREATE TEMP TABLE kept AS SELECT key, at FROM signals ORDER BY at;
      DROP TABLE signals;
      CREATE TABLE signals (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        key TEXT NOT NULL,
        at INTEGER NOT NULL,
        fresh INTEGER
      ) STRICT;
      INSERT INTO signals (key, at) SELECT key, at FROM temp.kept;
      DROP TABLE temp.kept;
      CREATE INDEX signals_by_key ON signals (key) WHERE fresh IS NULL;
      CREATE INDEX signals_by_age ON signals (at);
      INSERT INTO states (key, state)
        SELECT 'unheeded/' || substr(key, 10),
          json_object('version', 1, 'signals', json_extract(state, '$.machine.unheededSignals'))
        FROM states
        WHERE key GLOB 'resource/*' AND json_array_length(state, '$.machine.unheededSignals') > 0;
      UPDATE states SET state = json_remove(state, '$.machine.unheededSignals')
        WHERE key GLOB 'resource/*' AND json_type(state, '$.machine.unheededSignals') IS NOT NULL;
    `,
    down: `
      UPDATE states
        SET state = json_set(state, '$.machine.unheededSignals', json((
          SELECT json_extract(each.state, '$.signals') FROM states AS each
          WHERE each.key = 'unheeded/' || substr(states.key, 10)
        )))
        WHERE key GLOB 'resource/*'
          AND EXISTS (SELECT 1 FROM states AS each WHERE each.key = 'unheeded/' || substr(states.key, 10));
      DELETE FROM states WHERE key GLOB 'unheeded/*';
      DROP INDEX events_by_resource;
      ALTER TABLE events DROP COLUMN fresh;
      CREATE INDEX events_by_resource ON events (resource, sequence);
      CREATE TEMP TABLE kept AS SELECT key, max(at) AS at FROM signals GROUP BY key;
      DROP TABLE signals;
      CREATE TABLE signals (key TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID, STRICT;
      INSERT INTO signals (key, at) SELECT key, at FROM temp.kept;
      DROP TABLE temp.kept;
      CREATE INDEX signals_by_age ON signals (at);
    `,
  },
];

/** The oldest schema that can still be read. */
export const firstSchemaVersion = 1;

/** Kept in `user_version`. */
export const schemaVersion = migrations.at(-1)?.to ?? firstSchemaVersion;

/** Takes a store from an older schema to this version's. To be called within a transaction. */
export function migrateUp(database: DatabaseSync, from: number): void {
  for (const { to, up, down } of migrations) {
    if (to <= from) continue;
    database.exec(up);
    database.prepare('INSERT INTO migrations (version, down) VALUES (?, ?)').run(to, down);
    database.exec(`PRAGMA user_version = ${to}`);
  }
}

/**
 * Takes a store back to an older schema by what the store itself says, also from schemas that this version does not
 * know. To be called within a transaction. Throws `store-newer` where the way is not whole.
 */
export function migrateDown(database: DatabaseSync, path: string, from: number, to: number): void {
  const steps = stepsDown(database, from, to);
  if (steps === null) {
    throw new StoreError(
      'store-newer',
      `the store ${path} (schema ${from}) does not hold the whole way back to schema ${to}: go it with the version ` +
        'that wrote it, or restore a backup of before',
    );
  }
  for (const { version, down } of steps) {
    database.exec(down);
    database.exec(`PRAGMA user_version = ${version - 1}`);
  }
  const remaining = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'migrations'").get();
  if (remaining !== undefined) database.prepare('DELETE FROM migrations WHERE version > ?').run(to);
}

/** The newest first, without a gap; null where one is missing. */
export function stepsDown(
  database: DatabaseSync,
  from: number,
  to: number,
): readonly { readonly version: number; readonly down: string }[] | null {
  if (database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'migrations'").get() === undefined) {
    return null;
  }
  const steps = database
    .prepare('SELECT version, down FROM migrations WHERE version > ? ORDER BY version DESC')
    .all(to)
    .map((row) => ({ version: Number(row['version']), down: String(row['down']) }));
  const isWhole = steps.length === from - to && steps.every(({ version }, index) => version === from - index);
  return isWhole ? steps : null;
}
