import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from './schema.ts';
import { auditRemovedLink, auditRemovedTo } from './sqlite-access.ts';

/** How much of the past is kept. What is open is kept in any case. */
export interface RetentionSettings {
  /** After its closing an incident is kept this long with all of its entries; so is any other entry of the log. */
  readonly ageMs: number;
  /** Beyond this many bytes in use the oldest goes before its age, but nothing of the last hour. */
  readonly sizeBytes: number;
  /** Entries of the audit are kept this long, whatever room they take. Default: 366 days. */
  readonly auditAgeMs?: number;
}

const auditAgeMs = 366 * 24 * 60 * 60 * 1000;

export const defaultRetention: RetentionSettings = {
  ageMs: 90 * 24 * 60 * 60 * 1000,
  sizeBytes: 2 * 1024 ** 3,
};

/** However little room there is: a relapse is to be seen with what it goes on from. */
const leastAgeMs = 60 * 60 * 1000;

/** Rows that one sweep looks at or removes: a few ms, in which nothing else is decided. */
const sweepRows = 500;
const sweepIncidents = 20;

/**
 * Removes what is older than it must be kept, a few rows at a time. An incident goes as a whole, after its closing
 * and when none of its attempts is without a result; the entries outside of incidents go by their own age.
 */
export class Retention {
  readonly #database: DatabaseSync;
  readonly #settings: RetentionSettings;
  readonly #statements: ReturnType<typeof prepareStatements>;
  /** Up to here the log was looked through in this round. */
  #lookedThrough = 0;

  constructor(database: DatabaseSync, settings: RetentionSettings) {
    this.#database = database;
    this.#settings = settings;
    this.#statements = prepareStatements(database);
  }

  /** One step, in a transaction of its own. True where there is more to do at once. */
  sweep(now: number): boolean {
    const isTooLarge = this.usedBytes() > this.#settings.sizeBytes;
    const before = now - (isTooLarge ? Math.min(leastAgeMs, this.#settings.ageMs) : this.#settings.ageMs);
    return inTransaction(this.#database, () => {
      const incidents = this.#removeIncidents(before);
      const entries = this.#removeEntries(before);
      const audit = this.#removeAudit(now - (this.#settings.auditAgeMs ?? auditAgeMs));
      return incidents || entries || audit;
    });
  }

  /** Without the pages that removed rows have left free. */
  usedBytes(): number {
    const { page_count: pages, freelist_count: free, page_size: size } = this.#statements.pages.get() ?? {};
    return (Number(pages) - Number(free)) * Number(size);
  }

  #removeIncidents(before: number): boolean {
    const found = this.#statements.closedBefore.all(before, sweepIncidents);
    let room = sweepRows;
    for (const row of found) {
      const incident = String(row['incident']);
      room -= Number(this.#statements.removeEntriesOf.run(incident, room).changes);
      // Its row goes last, so that what is left of it is found again.
      if (room <= 0) return true;
      this.#statements.removeAttemptsOf.run(incident);
      this.#statements.removeIncident.run(incident);
    }
    return found.length === sweepIncidents;
  }

  #removeEntries(before: number): boolean {
    const rows = this.#statements.entriesAfter.all(this.#lookedThrough, sweepRows);
    let last = this.#lookedThrough;
    let isYoung = false;
    for (const row of rows) {
      // The log is in the order of its times, but for clocks that were set; then it waits for the next round.
      isYoung = Number(row['at']) >= before;
      if (isYoung) break;
      last = Number(row['sequence']);
      if (row['incident'] === null) this.#statements.removeEntry.run(last);
    }
    const isThrough = isYoung || rows.length < sweepRows;
    this.#lookedThrough = isThrough ? 0 : last;
    return !isThrough;
  }

  /** From the beginning only, so that what is left still hangs together. */
  #removeAudit(before: number): boolean {
    const rows = this.#statements.auditFromStart.all(sweepRows);
    const firstYoung = rows.findIndex((row) => Number(row['at']) >= before);
    const old = firstYoung === -1 ? rows : rows.slice(0, firstYoung);
    const last = old.at(-1);
    if (last === undefined) return false;
    const to = Number(last['sequence']);
    this.#statements.noteInMeta.run(auditRemovedTo, String(to));
    this.#statements.noteInMeta.run(auditRemovedLink, String(last['hash']));
    this.#statements.removeAudit.run(to);
    return old.length === sweepRows;
  }
}

function prepareStatements(database: DatabaseSync) {
  return {
    pages: database.prepare(
      'SELECT page_count, freelist_count, page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size',
    ),
    closedBefore: database.prepare(
      `SELECT incident FROM incidents WHERE closed_at < ? AND NOT EXISTS (
         SELECT 1 FROM attempts
         WHERE json_extract(attempt_order, '$.incident') = incidents.incident AND ended = 0
       ) ORDER BY closed_at LIMIT ?`,
    ),
    removeEntriesOf: database.prepare(
      'DELETE FROM events WHERE sequence IN (SELECT sequence FROM events WHERE incident = ? LIMIT ?)',
    ),
    removeAttemptsOf: database.prepare(
      "DELETE FROM attempts WHERE json_extract(attempt_order, '$.incident') = ?",
    ),
    removeIncident: database.prepare('DELETE FROM incidents WHERE incident = ?'),
    entriesAfter: database.prepare(
      'SELECT sequence, at, incident FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?',
    ),
    auditFromStart: database.prepare('SELECT sequence, at, hash FROM audit ORDER BY sequence LIMIT ?'),
    removeAudit: database.prepare('DELETE FROM audit WHERE sequence <= ?'),
    noteInMeta: database.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)'),
    removeEntry: database.prepare('DELETE FROM events WHERE sequence = ?'),
  };
}
