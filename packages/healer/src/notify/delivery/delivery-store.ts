import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Notice } from '../notice.ts';
import type { Waiting } from './waiting.ts';

export type DeliveryState = 'waiting' | 'delivered' | 'given-up' | 'dropped';

export interface Delivery {
  readonly row: number;
  readonly channel: string;
  readonly state: DeliveryState;
  readonly notice: Notice;
  readonly queuedAt: number;
  readonly attempts: number;
  /** Why it last failed, or was given up; null where it never did. */
  readonly error: string | null;
  /** When it was delivered or given up; null while it waits. */
  readonly endedAt: number | null;
}

/** Up to where the log was told. Time and number together, since a restored log counts anew. */
export interface LogCursor {
  readonly sequence: number;
  readonly at: number;
}

export interface DeliveryChange {
  readonly cursor?: LogCursor;
  readonly added?: readonly { readonly channel: string; readonly waiting: Waiting }[];
  readonly failed?: readonly { readonly row: number; readonly attempts: number; readonly error: string }[];
  readonly ended?: readonly {
    readonly row: number;
    readonly state: Exclude<DeliveryState, 'waiting'>;
    readonly at: number;
    readonly error: string | null;
  }[];
  readonly threads?: readonly {
    readonly channel: string;
    readonly incident: string;
    readonly state: unknown;
    readonly at: number;
  }[];
}

/** Why what waited for a channel that is left out is given up. */
export const channelGone = 'the channel is not configured any more';

export const deliveriesFileName = 'notifications.db';

const schemaVersion = 1;
const tables = `
  CREATE TABLE deliveries (
    row INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    state TEXT NOT NULL,
    notice TEXT NOT NULL,
    queued_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    error TEXT,
    ended_at INTEGER
  ) STRICT;
  CREATE INDEX deliveries_waiting ON deliveries (row) WHERE state = 'waiting';
  CREATE TABLE threads (
    channel TEXT NOT NULL,
    incident TEXT NOT NULL,
    state TEXT NOT NULL,
    used_at INTEGER NOT NULL,
    PRIMARY KEY (channel, incident)
  ) WITHOUT ROWID, STRICT;
  CREATE INDEX threads_by_use ON threads (used_at);
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID, STRICT;
`;

/** Of what is done with: to be looked at, and bounded. */
const keptRows = 10_000;
const threadsKeptMs = 30 * 86_400_000;
const mostThreads = 20_000;
const pruneEveryRows = 500;

/**
 * What must be told, beside the healer's store and not in it: what becomes of it never concerns a repair. A file that
 * cannot be used is put aside; where none can be made, memory has to do. `problem` says so.
 */
export async function openDeliveryStore(
  folder: string,
  now: () => number,
): Promise<{ readonly store: DeliveryStore; readonly problem: string | null }> {
  const path = join(folder, deliveriesFileName);
  const sqlite = await import('node:sqlite');
  const make = (place: string) => new DeliveryStore(new sqlite.DatabaseSync(place), now);
  try {
    return { store: make(path), problem: null };
  } catch (cause) {
    const aside = `${path}.unusable-${now()}`;
    try {
      await rename(path, aside);
      for (const suffix of ['-wal', '-shm']) await rename(path + suffix, aside + suffix).catch(() => {});
      return { store: make(path), problem: `${path} could not be used (${text(cause)}) and is ${aside} now` };
    } catch (again) {
      const problem = `${path} cannot be written (${text(again)}): what waits to be told is lost at the next restart`;
      return { store: make(':memory:'), problem };
    }
  }
}

/** One writer: whoever holds the healer's store. Throws where the disk refuses. */
export class DeliveryStore {
  readonly #database: DatabaseSync;
  readonly #now: () => number;
  readonly #statements: ReturnType<typeof prepareStatements>;
  #nextRow: number;
  #sincePruned = pruneEveryRows;

  constructor(database: DatabaseSync, now: () => number) {
    this.#database = database;
    this.#now = now;
    try {
      database.exec('PRAGMA busy_timeout = 1000');
      prepare(database);
      this.#statements = prepareStatements(database);
      this.#nextRow = Number(this.#statements.lastRow.get()?.['row'] ?? 0) + 1;
    } catch (error) {
      database.close();
      throw error;
    }
  }

  nextRow(): number {
    return this.#nextRow++;
  }

  load(): {
    readonly cursor: LogCursor | null;
    readonly waiting: readonly { readonly channel: string; readonly waiting: Waiting }[];
  } {
    const cursor = this.#statements.cursor.get()?.['value'];
    const waiting = this.#statements.waiting.all().map((row) => {
      const { channel, row: number, notice, queuedAt, attempts } = deliveryOf(row);
      return { channel, waiting: { row: number, notice, queuedAt, attempts } };
    });
    return { cursor: typeof cursor === 'string' ? JSON.parse(cursor) : null, waiting };
  }

  /** What a channel kept of an incident; undefined where it was never told of it. */
  thread(channel: string, incident: string): { readonly state: unknown } | undefined {
    const row = this.#statements.thread.get(channel, incident);
    return row === undefined ? undefined : { state: JSON.parse(String(row['state'])) };
  }

  /** The channels that have or had the notices of these rows, by the notice's id. */
  channelsOf(rows: readonly Waiting[]): ReadonlyMap<string, ReadonlySet<string>> {
    const ids = JSON.stringify([...new Set(rows.map(({ notice }) => notice.id))]);
    const channels = new Map<string, Set<string>>();
    for (const { id, channel } of this.#statements.channelsOf.all(ids)) {
      const known = channels.get(String(id)) ?? new Set();
      channels.set(String(id), known.add(String(channel)));
    }
    return channels;
  }

  /** The newest first. `before`: only rows with a smaller number. */
  list(query: {
    readonly channel?: string | undefined;
    readonly state?: DeliveryState | undefined;
    readonly before?: number | undefined;
    readonly limit: number;
  }): readonly Delivery[] {
    const { channel = null, state = null, before = null, limit } = query;
    return this.#statements.list.all(channel, channel, state, state, before, before, limit).map(deliveryOf);
  }

  /** All of it or nothing. */
  write(change: DeliveryChange): void {
    const { added = [], failed = [], ended = [], threads = [], cursor } = change;
    const { add, fail, end, keepThread, keepCursor } = this.#statements;
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      for (const { channel, waiting } of added) {
        const { row, notice, queuedAt, attempts } = waiting;
        add.run(row, channel, JSON.stringify(notice), queuedAt, attempts);
      }
      for (const { row, attempts, error } of failed) fail.run(attempts, error, row);
      for (const { row, state, at, error } of ended) end.run(state, at, error, row);
      for (const { channel, incident, state, at } of threads) {
        keepThread.run(channel, incident, JSON.stringify(state ?? null), at);
      }
      if (cursor !== undefined) keepCursor.run(JSON.stringify(cursor));
      this.#sincePruned += added.length;
      if (this.#sincePruned >= pruneEveryRows) this.#prune();
      this.#database.exec('COMMIT');
    } catch (error) {
      try {
        this.#database.exec('ROLLBACK');
      } catch {
        // SQLite has done so by itself.
      }
      throw error;
    }
  }

  close(): void {
    this.#database.close();
  }

  #prune(): void {
    this.#sincePruned = 0;
    this.#statements.forgetRows.run(keptRows);
    this.#statements.forgetThreads.run(this.#now() - threadsKeptMs);
    this.#statements.forgetSurplusThreads.run(mostThreads);
  }
}

function prepare(database: DatabaseSync): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
  if (version > schemaVersion) throw new Error(`it is of a newer version of prunella (schema ${version})`);
  database.exec('PRAGMA journal_mode = WAL');
  database.exec('PRAGMA synchronous = FULL');
  // What is damaged is found now, and not when somebody must be told of something.
  const [seen] = Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {});
  if (seen !== 'ok') throw new Error(`it is damaged: ${String(seen).replaceAll(/\s+/g, ' ').slice(0, 200)}`);
  if (version === 0) database.exec(`BEGIN; ${tables} PRAGMA user_version = ${schemaVersion}; COMMIT`);
}

function prepareStatements(database: DatabaseSync) {
  return {
    lastRow: database.prepare('SELECT max(row) AS row FROM deliveries'),
    cursor: database.prepare("SELECT value FROM meta WHERE key = 'cursor'"),
    keepCursor: database.prepare("INSERT OR REPLACE INTO meta (key, value) VALUES ('cursor', ?)"),
    waiting: database.prepare("SELECT * FROM deliveries WHERE state = 'waiting' ORDER BY row LIMIT 100000"),
    list: database.prepare(
      'SELECT * FROM deliveries WHERE (? IS NULL OR channel = ?) AND (? IS NULL OR state = ?) ' +
        'AND (? IS NULL OR row < ?) ORDER BY row DESC LIMIT ?',
    ),
    // All rows are looked at: a notice that is handed over gets a new row, long after its first ones.
    channelsOf: database.prepare(
      "SELECT notice ->> '$.id' AS id, channel FROM deliveries WHERE id IN (SELECT value FROM json_each(?))",
    ),
    add: database.prepare(
      "INSERT INTO deliveries (row, channel, state, notice, queued_at, attempts) VALUES (?, ?, 'waiting', ?, ?, ?)",
    ),
    fail: database.prepare('UPDATE deliveries SET attempts = ?, error = ? WHERE row = ?'),
    end: database.prepare(
      'UPDATE deliveries SET state = ?, ended_at = ?, error = coalesce(?, error) WHERE row = ?',
    ),
    thread: database.prepare('SELECT state FROM threads WHERE channel = ? AND incident = ?'),
    keepThread: database.prepare(
      'INSERT OR REPLACE INTO threads (channel, incident, state, used_at) VALUES (?, ?, ?, ?)',
    ),
    forgetRows: database.prepare(
      "DELETE FROM deliveries WHERE state <> 'waiting' AND row <= (SELECT max(row) FROM deliveries) - ?",
    ),
    forgetThreads: database.prepare('DELETE FROM threads WHERE used_at < ?'),
    forgetSurplusThreads: database.prepare(
      'DELETE FROM threads WHERE (channel, incident) IN (SELECT channel, incident FROM threads ORDER BY used_at DESC LIMIT -1 OFFSET ?)',
    ),
  };
}

function deliveryOf(row: Record<string, unknown>): Delivery {
  const states: readonly DeliveryState[] = ['waiting', 'delivered', 'given-up', 'dropped'];
  return {
    row: Number(row['row']),
    channel: String(row['channel']),
    state: states.find((state) => state === row['state']) ?? 'given-up',
    notice: JSON.parse(String(row['notice'])),
    queuedAt: Number(row['queued_at']),
    attempts: Number(row['attempts']),
    error: row['error'] === null ? null : String(row['error']),
    endedAt: row['ended_at'] === null ? null : Number(row['ended_at']),
  };
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
