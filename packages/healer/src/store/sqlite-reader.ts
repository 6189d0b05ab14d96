import type { DatabaseSync } from 'node:sqlite';
import type { AttemptOrder, Command, LogEntry, ResourceEvent } from '@prunella/core';
import type { IncidentQuery, LogQuery, StoredAttempt, StoredIncident, StoredState } from './store.ts';

/** Rows that one query returns at most: a page, and one that tells whether there is another. */
const rowLimit = 1_001;

type Row = ReturnType<ReturnType<DatabaseSync['prepare']>['all']>[number];

export class SqliteReader {
  readonly #database: DatabaseSync;
  #hasSignal: ReturnType<DatabaseSync['prepare']> | undefined;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** What a start needs: never the history. */
  load(): StoredState {
    const meta = new Map(
      this.#all('SELECT key, value FROM meta').map((row) => [text(row, 'key'), text(row, 'value')]),
    );
    return {
      authority: meta.get('authority') ?? '',
      generation: Number(meta.get('generation')),
      states: new Map(
        this.#all('SELECT key, state FROM states').map((row): [string, unknown] => [
          text(row, 'key'),
          JSON.parse(text(row, 'state')),
        ]),
      ),
      outbox: this.#all('SELECT id, command FROM outbox ORDER BY id').map((row) => {
        const command: Command = JSON.parse(text(row, 'command'));
        return { id: integer(row, 'id'), command };
      }),
      openAttempts: this.#all(
        'SELECT attempt_order, reference, ended FROM attempts WHERE ended = 0 ORDER BY attempt',
      ).map((row): StoredAttempt => {
        const order: AttemptOrder = JSON.parse(text(row, 'attempt_order'));
        return { order, reference: textOrNull(row, 'reference'), ended: integer(row, 'ended') !== 0 };
      }),
    };
  }

  /** `settledTo`: entries after it are in no index by resource yet; what is looked for by resource needs it. */
  log(query: LogQuery, settledTo = 0): readonly LogEntry[] {
    const { after = 0, resource, incident } = query;
    const conditions = ['sequence > ?'];
    const values: string[] = [];
    if (resource !== undefined) {
      conditions.push('resource = ?');
      values.push(resource);
    }
    if (incident !== undefined) {
      conditions.push('incident = ?');
      values.push(incident);
    }
    const select = 'SELECT sequence, at, resource, incident, event FROM events';
    const where = `WHERE ${conditions.join(' AND ')}`;
    const order = `ORDER BY sequence ${query.newestFirst === true ? 'DESC ' : ''}LIMIT ?`;
    const limit = Math.min(query.limit, rowLimit);
    if (resource === undefined) return this.#entries(`${select} ${where} ${order}`, after, ...values, limit);
    const settled = `${select} ${where} AND fresh IS NULL`;
    const fresh = `${select} NOT INDEXED ${where} AND fresh = 1`;
    const both = `${settled} UNION ALL ${fresh} ${order}`;
    return this.#entries(both, after, ...values, Math.max(after, settledTo), ...values, limit);
  }

  #entries(sql: string, ...values: (string | number)[]): readonly LogEntry[] {
    return this.#all(sql, ...values).map((row): LogEntry => {
      const event: ResourceEvent = JSON.parse(text(row, 'event'));
      return {
        sequence: integer(row, 'sequence'),
        at: integer(row, 'at'),
        resource: text(row, 'resource'),
        incident: textOrNull(row, 'incident'),
        event,
      };
    });
  }

  /** Null where nothing was written since. */
  firstSequenceSince(at: number): number | null {
    const [row] = this.#all('SELECT sequence FROM events WHERE at >= ? ORDER BY sequence LIMIT 1', at);
    return row === undefined ? null : integer(row, 'sequence');
  }

  lastSequence(): number {
    const [row] = this.#all('SELECT sequence FROM events ORDER BY sequence DESC LIMIT 1');
    return row === undefined ? 0 : integer(row, 'sequence');
  }

  /** Without those that are fresh. */
  hasSignal(key: string, notBefore: number): boolean {
    // Asked for each signal that comes in.
    this.#hasSignal ??= this.#database.prepare(
      'SELECT 1 FROM signals WHERE key = ? AND at >= ? AND fresh IS NULL',
    );
    return this.#hasSignal.get(key, notBefore) !== undefined;
  }

  incidents(query: IncidentQuery): readonly StoredIncident[] {
    const conditions = ['1 = 1'];
    const values: (string | number)[] = [];
    if (query.incident !== undefined) {
      conditions.push('incident = ?');
      values.push(query.incident);
    }
    if (query.before !== undefined) {
      conditions.push('(opened_at, incident) < (?, ?)');
      values.push(query.before.openedAt, query.before.incident);
    }
    if (query.resource !== undefined) {
      conditions.push('resource = ?');
      values.push(query.resource);
    }
    if (query.open !== undefined) {
      conditions.push(query.open ? 'closed_at IS NULL' : 'closed_at IS NOT NULL');
    }
    return this.#all(
      `SELECT incident, resource, opened_at, closed_at, story FROM incidents WHERE ${conditions.join(' AND ')} ` +
        'ORDER BY opened_at DESC, incident DESC LIMIT ?',
      ...values,
      Math.min(query.limit, rowLimit),
    ).map((row) => ({
      incident: text(row, 'incident'),
      resource: text(row, 'resource'),
      openedAt: integer(row, 'opened_at'),
      closedAt: integerOrNull(row, 'closed_at'),
      story: JSON.parse(text(row, 'story')),
    }));
  }

  #all(sql: string, ...values: (string | number)[]): Row[] {
    return this.#database.prepare(sql).all(...values);
  }
}

function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') {
    throw new TypeError(`column ${column} holds ${typeof value} where text belongs`);
  }
  return value;
}

function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : text(row, column);
}

function integerOrNull(row: Row, column: string): number | null {
  return row[column] === null ? null : integer(row, column);
}

function integer(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') {
    throw new TypeError(`column ${column} holds ${typeof value} where a number belongs`);
  }
  return value;
}
