import type { DatabaseSync } from 'node:sqlite';
import { migrateDown, migrateUp, schemaVersion } from './migrations.ts';
import { presentDatabase } from './present-database.ts';
import { inTransaction, schemaOf } from './schema.ts';
import { storeErrorFrom } from './store-error.ts';
import { acquireStoreLock } from './store-lock.ts';

export interface Migrated {
  readonly from: number;
  readonly to: number;
}

/**
 * Takes a store to another schema: up as far as this version knows, or down by the steps that the store itself holds.
 * All of it or nothing. Takes the store's lock, so it is refused while a healer runs (`StoreHeldError`). Throws a
 * `StoreError`.
 */
export async function migrateStore(folder: string, to: number = schemaVersion): Promise<Migrated> {
  const path = await presentDatabase(folder);
  const lock = await acquireStoreLock(folder);
  let database: DatabaseSync | undefined;
  try {
    const sqlite = await import('node:sqlite');
    database = new sqlite.DatabaseSync(path);
    database.exec('PRAGMA synchronous = FULL');
    const open = database;
    const from = schemaOf(open, path);
    inTransaction(open, () => {
      if (from < to) migrateUp(open, from);
      else if (from > to) migrateDown(open, path, from, to);
    });
    return { from, to };
  } catch (cause) {
    throw storeErrorFrom(cause, 'migrate', path);
  } finally {
    database?.close();
    await lock.release();
  }
}
