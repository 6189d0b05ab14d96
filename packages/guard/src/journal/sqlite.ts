import { JournalError } from './journal-error.ts';

/** Loaded here and not above: an application that never opens a journal is not told that SQLite is experimental. */
export async function loadSqlite(file: string): Promise<typeof import('node:sqlite')> {
  try {
    return await import('node:sqlite');
  } catch (cause) {
    throw new JournalError(
      'journal-no-sqlite',
      `the journal ${file} cannot be opened: this Node.js (${process.version}) has no node:sqlite; use Node.js` +
        ' 22.13 or later, without --no-experimental-sqlite',
      { cause },
    );
  }
}
