import { stat } from 'node:fs/promises';
import type { DatabaseSync } from 'node:sqlite';
import type { AuditInspection } from '../access/audit-chain.ts';
import { checkIdentity } from './schema.ts';
import { inspectAudit } from './sqlite-access.ts';
import { storeErrorFrom } from './store-error.ts';

/** Damages that are told of one file. */
const mostDamages = 20;

/** The latest time is looked for among so many entries from the end. */
const latestEntries = 10_000;

const lookAtInstallation = "SELECT value FROM meta WHERE key = 'authority'";

const lookAtLog = `SELECT
  (SELECT count(*) FROM events) AS events,
  (SELECT max(at) FROM (SELECT at FROM events ORDER BY sequence DESC LIMIT ?)) AS newest`;

export interface StoreInspection {
  readonly schema: number;
  /** The id of the installation: targets that know fences obey one of them. Null where the file is damaged. */
  readonly installation: string | null;
  /** What SQLite finds wrong with the file, a sentence each; empty where it is whole. */
  readonly damages: readonly string[];
  /** Entries in the log. */
  readonly events: number;
  /** The latest time in the log, ms since the Unix epoch; null where it is empty. */
  readonly newestAt: number | null;
  /** What the chain of the audit says; null where the file is damaged, or of a schema without one. */
  readonly audit: AuditInspection | null;
  /** Of the database and of its write-ahead log together. */
  readonly bytes: number;
}

/**
 * Reads a whole store by the path of its database and changes nothing, whether or not a healer holds it. Throws a
 * `StoreError` where it is no store, one of a newer version, or cannot be read at all.
 */
export async function inspectStore(path: string): Promise<StoreInspection> {
  const sqlite = await import('node:sqlite');
  let database: DatabaseSync | undefined;
  try {
    database = new sqlite.DatabaseSync(path, { readOnly: true });
    database.exec('PRAGMA busy_timeout = 1000');
    const schema = checkIdentity(database, path);
    const damages = database
      .prepare(`PRAGMA integrity_check(${mostDamages})`)
      .all()
      .map((row) => String(row['integrity_check']))
      .filter((text) => text !== 'ok');
    const facts = damages.length > 0 ? undefined : database.prepare(lookAtLog).get(latestEntries);
    const newest = facts?.['newest'];
    return {
      schema,
      installation: damages.length > 0 ? null : installationIn(database),
      damages,
      events: Number(facts?.['events'] ?? 0),
      audit: damages.length > 0 ? null : inspectAudit(database),
      newestAt: typeof newest === 'number' ? newest : null,
      bytes: (await sizeOf(path)) + (await sizeOf(`${path}-wal`)),
    };
  } catch (cause) {
    throw storeErrorFrom(cause, 'read', path);
  } finally {
    database?.close();
  }
}

/** The id of the installation whose store this is, by the path of its database; null where there is none to be read. */
export async function installationOf(path: string): Promise<string | null> {
  const sqlite = await import('node:sqlite');
  let database: DatabaseSync | undefined;
  try {
    database = new sqlite.DatabaseSync(path, { readOnly: true });
    database.exec('PRAGMA busy_timeout = 1000');
    checkIdentity(database, path);
    return installationIn(database);
  } catch {
    // What is wrong with the store is told where the store is looked at.
    return null;
  } finally {
    database?.close();
  }
}

function installationIn(database: DatabaseSync): string | null {
  const value = database.prepare(lookAtInstallation).get()?.['value'];
  return typeof value === 'string' && value !== '' ? value : null;
}

function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
