import { link, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { copyStore, sync } from './copy-store.ts';
import type { StoreInspection } from './inspect-store.ts';
import { presentDatabase } from './present-database.ts';
import { StoreError, storeErrorFrom } from './store-error.ts';

/**
 * Copies the store in a folder to one file, whether or not a healer holds it. The file is there when it is whole, or
 * not at all. Throws a `StoreError`: `store-failed` too where there is a file of that name.
 */
export async function backUpStore(folder: string, file: string): Promise<StoreInspection> {
  const source = await presentDatabase(folder);
  if (await exists(file)) throw isThere(file);
  const partial = `${file}.partial`;
  const inspection = await copyStore(source, partial);
  try {
    // Unlike a rename it never takes the place of a file that came meanwhile.
    await link(partial, file);
    await rm(partial);
    await sync(dirname(file));
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => {});
    const isExisting = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    throw isExisting ? isThere(file) : storeErrorFrom(cause, 'finish the backup of', source);
  }
  return inspection;
}

function isThere(file: string): StoreError {
  return new StoreError('store-failed', `${file} is there already: name another file, or move that one away`);
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
