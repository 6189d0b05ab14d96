import { copyFile, link, mkdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { copyStore, sync } from './copy-store.ts';
import { inspectStore } from './inspect-store.ts';
import { inTransaction, prepareSchema } from './schema.ts';
import { appendAudit } from './sqlite-access.ts';
import { databaseFileName } from './sqlite-store.ts';
import { StoreError, storeErrorFrom } from './store-error.ts';
import { acquireStoreLock } from './store-lock.ts';

export interface RestoreOptions {
  /** The backup: a file that `backUpStore` wrote, or the database of a store. */
  readonly file: string;
  readonly folder: string;
  readonly now: () => number;
  /** What becomes of the machines under the new generation; keys and values as in `StoredState.states`. */
  readonly renew: (states: ReadonlyMap<string, unknown>, identity: Identity) => ReadonlyMap<string, unknown>;
}

export interface Restored {
  /** Where what was there before is now; null where nothing was. */
  readonly setAside: string | null;
  /** Of all fences from now on, ms since the Unix epoch. */
  readonly generation: number;
  /** False where the store before was another installation's; null where there was none that could be read. */
  readonly isSameInstallation: boolean | null;
  /** Entries in the restored log. */
  readonly events: number;
}

interface Identity {
  readonly authority: string;
  readonly generation: number;
}

/**
 * Puts a backup in the place of a store, under a new generation of fences. Takes the store's lock for it, so it is
 * refused while a healer runs (`StoreHeldError`). The store before is kept beside it. There is a whole store at every
 * moment: the one before, or the restored one. Throws a `StoreError`; nothing has then changed.
 */
export async function restoreStore(options: RestoreOptions): Promise<Restored> {
  const { file, folder, now } = options;
  await refuseDamaged(file);
  const lock = await acquireStoreLock(folder);
  const database = join(folder, databaseFileName);
  const partial = `${database}.restoring`;
  try {
    if ((await realPath(file)) === (await realPath(database))) {
      throw new StoreError('store-failed', `${file} is the store itself: name a backup of it`);
    }
    const { events } = await copyStore(file, partial);
    const before = await identityOf(database);
    const backup = await identityOf(partial);
    const newest = Math.max(before?.generation ?? 0, backup?.generation ?? 0);
    const generation = Math.max(now(), newest + 1);
    await renewStore(partial, { authority: backup?.authority ?? '', generation }, options);
    const setAside = await putAside(folder, now());
    await rename(partial, database);
    await sync(folder);
    const isSameInstallation = before === null ? null : before.authority === backup?.authority;
    return { setAside, generation, isSameInstallation, events };
  } catch (cause) {
    throw storeErrorFrom(cause, `restore ${file} to`, database);
  } finally {
    await rm(partial, { force: true }).catch(() => {});
    await lock.release();
  }
}

async function refuseDamaged(file: string): Promise<void> {
  try {
    await stat(file);
  } catch (cause) {
    throw new StoreError('store-failed', `there is no file ${file}: name a backup`, { cause });
  }
  const { damages } = await inspectStore(file);
  const [first] = damages;
  if (first !== undefined) {
    throw new StoreError('store-corrupt', `${file} is damaged (${first}): take another backup`);
  }
}

/** Of the store that is there; null where none is, or where it cannot be read, which is why one restores. */
async function identityOf(path: string): Promise<Identity | null> {
  const sqlite = await import('node:sqlite');
  let database: DatabaseSync | undefined;
  try {
    database = new sqlite.DatabaseSync(path, { readOnly: true });
    const rows = database.prepare('SELECT key, value FROM meta').all();
    const meta = new Map(rows.map((row) => [row['key'], String(row['value'])]));
    const generation = Number(meta.get('generation'));
    return Number.isFinite(generation) ? { authority: meta.get('authority') ?? '', generation } : null;
  } catch {
    return null;
  } finally {
    database?.close();
  }
}

async function renewStore(path: string, identity: Identity, { renew, now }: RestoreOptions): Promise<void> {
  const sqlite = await import('node:sqlite');
  const database = new sqlite.DatabaseSync(path);
  try {
    database.exec('PRAGMA synchronous = FULL');
    prepareSchema(database, path, () => ({ ...identity, generation: now() }));
    inTransaction(database, () => {
      const states = new Map(
        database
          .prepare('SELECT key, state FROM states')
          .all()
          .map((row) => [String(row['key']), JSON.parse(String(row['state']))] as const),
      );
      const write = database.prepare('INSERT OR REPLACE INTO states (key, state) VALUES (?, ?)');
      for (const [key, state] of renew(states, identity)) write.run(key, JSON.stringify(state));
      // Who was logged out since must not be in again by it.
      database.exec('DELETE FROM sessions');
      appendAudit(database, {
        at: now(),
        actor: { name: 'prunella restore', role: null, by: 'local' },
        from: null,
        action: 'restoreStore',
        target: {},
        request: {},
        result: 'done',
        status: null,
        detail: 'the store is a backup from here on: what was revoked after it is valid again',
      });
      database.prepare("UPDATE meta SET value = ? WHERE key = 'generation'").run(String(identity.generation));
    });
  } finally {
    database.close();
  }
  await sync(path);
}

/**
 * The store before gets a second name in a folder beside it; its first name is then taken by the rename that follows.
 * Its write-ahead log must not be left for the restored one: SQLite would read it as part of that.
 */
async function putAside(folder: string, now: number): Promise<string | null> {
  const database = join(folder, databaseFileName);
  if (!(await exists(database))) return null;
  const aside = join(folder, `replaced-${new Date(now).toISOString().replaceAll(/[:.]/g, '-')}`);
  await mkdir(aside, { mode: 0o700 });
  await finishWriteAheadLog(database);
  for (const suffix of ['-wal', '-shm']) {
    await rename(database + suffix, join(aside, databaseFileName + suffix)).catch(ignoreMissing);
  }
  const second = join(aside, databaseFileName);
  await link(database, second).catch(() => copyFile(database, second));
  await sync(aside);
  return aside;
}

/** The last connection that closes in order takes the log into the database. A damaged one keeps its log. */
async function finishWriteAheadLog(path: string): Promise<void> {
  const sqlite = await import('node:sqlite');
  let database: DatabaseSync | undefined;
  try {
    database = new sqlite.DatabaseSync(path);
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } catch {
    // It is kept with the log that it has.
  } finally {
    database?.close();
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}

function realPath(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
