import type { LogEntry } from '@prunella/core';
import { presentDatabase } from './present-database.ts';
import { checkIdentity } from './schema.ts';
import { SqliteReader } from './sqlite-reader.ts';
import { storeErrorFrom } from './store-error.ts';

/** What one look may hold in memory; beyond it the newest are kept. */
const mostEntries = 500_000;
const pageSize = 1_000;

export interface RecordedLog {
  readonly entries: readonly LogEntry[];
  /** True where there were more than one look may hold. */
  readonly cut: boolean;
}

/**
 * The log of a store from a time on (ms since the Unix epoch), whether or not a healer holds it: SQLite lets
 * others read meanwhile. Throws a `StoreError`.
 */
export async function readRecordedLog(folder: string, since: number): Promise<RecordedLog> {
  const path = await presentDatabase(folder);
  const sqlite = await import('node:sqlite');
  let database: InstanceType<typeof sqlite.DatabaseSync> | undefined;
  try {
    database = new sqlite.DatabaseSync(path, { readOnly: true });
    checkIdentity(database, path);
    const reader = new SqliteReader(database);
    const first = reader.firstSequenceSince(since);
    const last = reader.lastSequence();
    if (first === null) return { entries: [], cut: false };
    const from = Math.max(first, last - mostEntries + 1);
    const entries: LogEntry[] = [];
    for (let after = from - 1; after < last; ) {
      const page = reader.log({ after, limit: pageSize });
      const end = page.at(-1)?.sequence;
      if (end === undefined) break;
      entries.push(...page);
      after = end;
    }
    return { entries, cut: from > first };
  } catch (cause) {
    throw storeErrorFrom(cause, 'read', path);
  } finally {
    database?.close();
  }
}
