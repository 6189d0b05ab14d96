import { DatabaseSync } from 'node:sqlite';
import type { IncidentStory, ResourceEvent } from '@prunella/core';
import type { Ledger } from '../src/engine/ledger.ts';

export interface StoredEvent {
  readonly sequence: number;
  readonly resource: string;
  readonly event: ResourceEvent;
}

/** Reads a store past the healer's own code, as a person with `sqlite3` would. */
export class StoredTruth {
  readonly #database: DatabaseSync;
  /** False where the healer was killed before its first tables were committed. */
  readonly #hasTables: boolean;

  constructor(path: string) {
    this.#database = new DatabaseSync(path, { readOnly: true });
    this.#database.exec('PRAGMA busy_timeout = 5000');
    const table = this.#database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'events'").get();
    this.#hasTables = table !== undefined;
  }

  eventsAfter(sequence: number): readonly StoredEvent[] {
    const text = 'SELECT sequence, resource, event FROM events WHERE sequence > ? ORDER BY sequence';
    return this.#rows(text, sequence).map((row) => ({
      sequence: Number(row['sequence']),
      resource: String(row['resource']),
      event: JSON.parse(String(row['event'])) as ResourceEvent,
    }));
  }

  /** Undefined before anything was counted. */
  ledger(): Ledger | undefined {
    const [row] = this.#rows("SELECT state FROM states WHERE key = 'ledger'");
    return row === undefined ? undefined : (JSON.parse(String(row['state'])) as Ledger);
  }

  incidents(): readonly IncidentStory[] {
    return this.#rows('SELECT story FROM incidents').map(
      (row) => JSON.parse(String(row['story'])) as IncidentStory,
    );
  }

  openAttempts(): readonly string[] {
    return this.#rows('SELECT attempt FROM attempts WHERE ended = 0').map((row) => String(row['attempt']));
  }

  close(): void {
    this.#database.close();
  }

  #rows(text: string, ...values: readonly number[]) {
    return this.#hasTables ? this.#database.prepare(text).all(...values) : [];
  }
}
