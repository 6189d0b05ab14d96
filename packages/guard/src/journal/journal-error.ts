export type JournalErrorCode =
  /** Another process, or this one, has it open. */
  | 'journal-held'
  /** Written by a newer version. */
  | 'journal-newer'
  /** Damaged, or no SQLite file. */
  | 'journal-corrupt'
  /** A database of another program. */
  | 'journal-foreign'
  | 'journal-missing'
  | 'journal-read-only'
  | 'journal-disk-full'
  /** Another program holds a lock on the file for too long. */
  | 'journal-busy'
  | 'journal-closed'
  /** This Node.js has no `node:sqlite`. */
  | 'journal-no-sqlite'
  /** There is no entry of that number, or it is not in a state for what was asked. */
  | 'journal-no-such-entry'
  /** The entry is just being replayed. */
  | 'journal-entry-under-way'
  | 'journal-failed';

/** What was asked of the journal was not done. The message says what happened, where, and what to do. */
export class JournalError extends Error {
  override readonly name = 'JournalError';
  readonly code: JournalErrorCode;

  constructor(code: JournalErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** SQLite's primary result codes, https://sqlite.org/rescode.html */
const bySqliteCode: ReadonlyMap<number, readonly [JournalErrorCode, string]> = new Map([
  [5, ['journal-busy', 'another program has it locked: close that program']],
  [8, ['journal-read-only', 'it cannot be written: give this user write permission to it and its folder']],
  [11, ['journal-corrupt', 'it is damaged: move it away to begin anew, and look into it with sqlite3']],
  [13, ['journal-disk-full', 'the disk is full: make room']],
  [14, ['journal-failed', 'it cannot be opened: check that its folder exists and belongs to this user']],
  [18, ['journal-failed', 'the entry is larger than SQLite takes: write a smaller payload']],
  [
    19,
    [
      'journal-failed',
      'the file refuses this entry: look with sqlite3 for what another program has added to it',
    ],
  ],
  [26, ['journal-corrupt', 'it is no SQLite file: move it away, or name another one']],
]);

/** Turns what `node:sqlite` or the file system threw into an error that a person can act on. */
export function journalErrorFrom(cause: unknown, doing: string, file: string): JournalError {
  if (cause instanceof JournalError) return cause;
  const text = cause instanceof Error ? cause.message : String(cause);
  const known = bySqliteCode.get(sqliteCodeOf(cause) & 0xff);
  const [code, remedy] = known ?? ['journal-failed', 'check the disk, the folder and its permissions'];
  return new JournalError(code, `could not ${doing} the journal ${file} (${text}): ${remedy}`, { cause });
}

/**
 * Of one statement, such as SQLITE_TOOBIG, SQLITE_CONSTRAINT, SQLITE_MISMATCH and SQLITE_RANGE, or a value that
 * `node:sqlite` does not take: others in the same transaction may succeed. All else is the trouble of the file.
 */
export function isRefusal(cause: unknown): boolean {
  const code = sqliteCodeOf(cause) & 0xff;
  return cause instanceof TypeError || cause instanceof RangeError || [18, 19, 20, 25].includes(code);
}

export function isBusy(cause: unknown): boolean {
  return (sqliteCodeOf(cause) & 0xff) === 5;
}

function sqliteCodeOf(cause: unknown): number {
  const code = typeof cause === 'object' && cause !== null ? Reflect.get(cause, 'errcode') : undefined;
  return typeof code === 'number' ? code : 0;
}
