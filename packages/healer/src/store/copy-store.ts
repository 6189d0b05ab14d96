import { open, rm } from 'node:fs/promises';
import type { DatabaseSync } from 'node:sqlite';
import { inspectStore, type StoreInspection } from './inspect-store.ts';
import { checkIdentity } from './schema.ts';
import { StoreError, storeErrorFrom } from './store-error.ts';

/**
 * Writes a store as one file of its own, as it was at one moment, without what removed rows left free; then reads the
 * copy to its end and syncs it. A healer that holds the store goes on writing meanwhile. `target` is overwritten and
 * for this user only. Throws a `StoreError`; no file is then left.
 */
export async function copyStore(source: string, target: string): Promise<StoreInspection> {
  try {
    await rm(target, { force: true });
    await (await open(target, 'wx', 0o600)).close();
  } catch (cause) {
    throw storeErrorFrom(cause, 'write the copy of', target);
  }
  try {
    await vacuumInto(source, target);
    const inspection = await inspectStore(target);
    const [damage] = inspection.damages;
    if (damage !== undefined) {
      throw new StoreError('store-corrupt', `the copy ${target} of ${source} is damaged: ${damage}`);
    }
    await sync(target);
    return inspection;
  } catch (cause) {
    await rm(target, { force: true }).catch(() => {});
    throw cause;
  }
}

async function vacuumInto(source: string, target: string): Promise<void> {
  const sqlite = await import('node:sqlite');
  let database: DatabaseSync | undefined;
  try {
    database = new sqlite.DatabaseSync(source, { readOnly: true });
    database.exec('PRAGMA busy_timeout = 5000');
    checkIdentity(database, source);
    database.prepare('VACUUM INTO ?').run(target);
  } catch (cause) {
    throw storeErrorFrom(cause, `copy to ${target}`, source);
  } finally {
    database?.close();
  }
}

/** Of a file, or of a folder after names in it changed. */
export async function sync(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
