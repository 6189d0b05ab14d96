/** What went wrong with the store, as a stable word. */
export type StoreErrorCode =
  /** Another process holds the store. */
  | 'store-held'
  /** Written by a newer version. */
  | 'store-newer'
  /** The file is damaged or no database. */
  | 'store-corrupt'
  /** A database of another program. */
  | 'store-foreign'
  | 'store-read-only'
  | 'store-full'
  /** A program that holds a lock on the database for too long. */
  | 'store-busy'
  | 'store-closed'
  /** A value of the transaction is not JSON: writing it again cannot help. */
  | 'store-not-json'
  | 'store-failed';

/** Nothing was written. The message says what happened, where, and what to do. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
    this.code = code;
  }
}

/** SQLite's primary result codes, https://sqlite.org/rescode.html */
const bySqliteCode: ReadonlyMap<number, readonly [StoreErrorCode, string]> = new Map([
  [5, ['store-busy', 'another program has it locked: close that program']],
  [
    8,
    ['store-read-only', 'it cannot be written: give this user write permission to the folder and its files'],
  ],
  [11, ['store-corrupt', 'it is damaged: restore a backup, or move the folder away to begin anew']],
  [13, ['store-full', 'the disk is full: make room, the healer goes on by itself']],
  [14, ['store-failed', 'it cannot be opened: check that the folder exists and belongs to this user']],
  [26, ['store-corrupt', 'it is not a database: restore a backup, or move the folder away to begin anew']],
]);

/** Errors of the file system itself, https://man7.org/linux/man-pages/man3/errno.3.html */
const byErrno: ReadonlyMap<string, number> = new Map([
  ['ENOSPC', 13],
  ['EDQUOT', 13],
  ['EROFS', 8],
  ['EACCES', 8],
  ['EPERM', 8],
]);

/** Turns what `node:sqlite` threw into a `StoreError` that a person can act on. */
export function storeErrorFrom(cause: unknown, doing: string, path: string): StoreError {
  if (cause instanceof StoreError) {
    return cause;
  }
  const text = cause instanceof Error ? cause.message : String(cause);
  const known = bySqliteCode.get(sqliteCodeOf(cause) & 0xff);
  const [code, remedy] = known ?? ['store-failed', 'check the disk and the permissions of the folder'];
  return new StoreError(code, `could not ${doing} the store ${path} (${text}): ${remedy}`, { cause });
}

function sqliteCodeOf(cause: unknown): number {
  if (typeof cause === 'object' && cause !== null && 'code' in cause && 'syscall' in cause) {
    return byErrno.get(String(cause.code)) ?? 0;
  }
  if (typeof cause === 'object' && cause !== null && 'errcode' in cause) {
    return typeof cause.errcode === 'number' ? cause.errcode : 0;
  }
  return 0;
}
