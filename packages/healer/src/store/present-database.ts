import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { databaseFileName } from './sqlite-store.ts';
import { StoreError } from './store-error.ts';

/** The path of the database in a store's folder. Throws a `StoreError` where no healer has written one there. */
export async function presentDatabase(folder: string): Promise<string> {
  const path = join(folder, databaseFileName);
  try {
    await stat(path);
  } catch (cause) {
    throw new StoreError('store-failed', `there is no store ${path}: no healer has written one there`, {
      cause,
    });
  }
  return path;
}
