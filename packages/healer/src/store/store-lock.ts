import { access, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { makePrivateFolder } from './sqlite-store.ts';
import { StoreError, storeErrorFrom } from './store-error.ts';

/** Who holds a store. */
export interface StoreHolder {
  readonly pid: number;
  /** When it took the lock, ms since the Unix epoch by its own clock. */
  readonly startedAt: number;
}

export interface StoreLock {
  readonly holder: StoreHolder;
  /** Gives the store free. Does nothing the second time. */
  release(): Promise<void>;
}

/** `code` is `store-held`. */
export class StoreHeldError extends StoreError {
  /** Null where the holder has not said who it is. */
  readonly holder: StoreHolder | null;

  constructor(folder: string, holder: StoreHolder | null) {
    const who =
      holder === null
        ? 'another process'
        : `process ${holder.pid} since ${new Date(holder.startedAt).toISOString()}`;
    super(
      'store-held',
      `the store in ${folder} is held by ${who}: stop that healer first, or name another folder for this one`,
    );
    this.name = 'StoreHeldError';
    this.holder = holder;
  }
}

const sqliteBusy = 5;

/** A holder writes who it is right after taking the lock; a second process waits for that this long. */
const holderTriesAtMost = 20;
const holderTryEveryMs = 25;

/** Longer than a look at the lock takes. */
const lookedAtForMs = 25;

/**
 * One process per store. The kernel holds the lock (an exclusive lock on a database of its own), so that it is
 * free again the moment the process is gone, however it went. Throws `StoreHeldError` where another has it, in
 * this process too. Needs a local file system.
 */
export async function acquireStoreLock(folder: string): Promise<StoreLock> {
  const path = join(folder, 'lock.db');
  let database: DatabaseSync;
  try {
    await makePrivateFolder(folder);
    const sqlite = await import('node:sqlite');
    database = new sqlite.DatabaseSync(path);
  } catch (cause) {
    throw storeErrorFrom(cause, 'lock', path);
  }
  try {
    await takeExclusively(database);
  } catch (cause) {
    database.close();
    if (isBusy(cause)) {
      throw new StoreHeldError(folder, await readHolder(folder));
    }
    throw storeErrorFrom(cause, 'lock', path);
  }
  const holder: StoreHolder = { pid: process.pid, startedAt: Date.now() };
  try {
    await writeHolder(folder, holder);
  } catch (cause) {
    database.close();
    throw storeErrorFrom(cause, 'lock', path);
  }
  let released = false;
  return {
    holder,
    async release() {
      if (!released) {
        released = true;
        database.close();
      }
    },
  };
}

/** Who looks at the lock (`lookAtLock`) has it for a moment, so one refusal is not the last word. */
async function takeExclusively(database: DatabaseSync): Promise<void> {
  // Not WAL: there a reader would not be kept out, and nothing is ever written.
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    if (!isBusy(cause)) throw cause;
    await delay(lookedAtForMs);
    database.exec('BEGIN EXCLUSIVE');
  }
}

export interface LockState {
  readonly held: boolean;
  /** Null where nobody holds it, and where the holder has not said who it is. */
  readonly holder: StoreHolder | null;
}

/** Whether a process holds the store, without taking it and without making anything. Throws a `StoreError`. */
export async function lookAtLock(folder: string): Promise<LockState> {
  const path = join(folder, 'lock.db');
  const free: LockState = { held: false, holder: null };
  if (
    await access(path).then(
      () => false,
      () => true,
    )
  ) {
    return free;
  }
  let database: DatabaseSync | undefined;
  try {
    const sqlite = await import('node:sqlite');
    database = new sqlite.DatabaseSync(path, { readOnly: true });
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    return free;
  } catch (cause) {
    if (!isBusy(cause)) throw storeErrorFrom(cause, 'look at the lock of', path);
    return { held: true, holder: await readHolder(folder) };
  } finally {
    database?.close();
  }
}

const holderFile = (folder: string) => join(folder, 'holder.json');

async function writeHolder(folder: string, holder: StoreHolder): Promise<void> {
  const temporary = `${holderFile(folder)}.${holder.pid}`;
  await writeFile(temporary, `${JSON.stringify(holder)}\n`, { mode: 0o600 });
  await rename(temporary, holderFile(folder));
}

/**
 * The file outlives its writer: one that names a process that is gone is from the holder before, and the
 * present one is about to write its own.
 */
async function readHolder(folder: string): Promise<StoreHolder | null> {
  for (let tries = 0; tries < holderTriesAtMost; tries += 1) {
    const holder = parseHolder(await readFile(holderFile(folder), 'utf8').catch(() => ''));
    if (holder !== null && isAlive(holder.pid)) {
      return holder;
    }
    await delay(holderTryEveryMs);
  }
  return null;
}

function parseHolder(text: string): StoreHolder | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('startedAt' in value)) {
      return null;
    }
    const { pid, startedAt } = value;
    return typeof pid === 'number' && typeof startedAt === 'number' ? { pid, startedAt } : null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    // EPERM: it lives and belongs to another user.
    return cause instanceof Error && 'code' in cause && cause.code === 'EPERM';
  }
}

function isBusy(cause: unknown): boolean {
  return (
    typeof cause === 'object' &&
    cause !== null &&
    'errcode' in cause &&
    typeof cause.errcode === 'number' &&
    (cause.errcode & 0xff) === sqliteBusy
  );
}
