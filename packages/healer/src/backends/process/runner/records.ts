import { DatabaseSync } from 'node:sqlite';
import type { Fence } from '@prunella/protocol';
import type { ExitRecord, RunnerOrder, RunnerResult } from '../messages.ts';
import { isRecord } from '../messages.ts';
import { type FailureMemory, type FailureRecords, noFailures } from './failures.ts';
import type { ProcessIdentity } from './process-identity.ts';

/** How many attempts and unacknowledged exits are remembered; the oldest go first. */
const attemptsKept = 1_000;
const exitsKept = 100;

export interface RecordedProcess extends ProcessIdentity {
  readonly startedAt: number;
}

type RecordedAttempt =
  | { readonly state: 'running' }
  | { readonly state: 'ended'; readonly result: RunnerResult };

const recordedStates = ['running', 'exited', 'stopped', 'waiting'] as const;

/** `waiting`: held until what it depends on is there again. */
type RecordedState = (typeof recordedStates)[number];

/**
 * What the runner must know after any crash: one SQLite file, synced before an order is carried out. It is
 * held exclusively, so it is also what keeps a second runner of the same service away.
 */
export interface Records extends FailureRecords {
  readonly since: number;
  attempt(id: string): RecordedAttempt | null;
  /** On disk when it returns. */
  take(order: RunnerOrder): void;
  end(attempt: string, result: RunnerResult): void;
  /** Gives every attempt that an earlier runner left in the middle its result. */
  endInterrupted(result: RunnerResult): void;
  /** An order with this id is refused from now on. */
  void(attempt: string, fence: Fence): void;
  /** The newest fence that was obeyed; its authority is the only one obeyed. */
  newestFence(): NewestFence | null;
  hasFenceBefore(fence: Fence): boolean;
  process(): RecordedProcess | null;
  setProcess(process: RecordedProcess | null): void;
  state(): RecordedState | null;
  setState(state: RecordedState | null): void;
  addExit(exit: ExitRecord): void;
  exits(): readonly ExitRecord[];
  acknowledge(exit: string): void;
  close(): void;
}

export interface NewestFence extends Fence {
  /** Whose order it was. */
  readonly attempt: string;
}

export class RecordsHeldError extends Error {
  readonly code = 'process-runner-records-held';
}

const schema = `
  create table if not exists attempts (
    attempt text primary key, authority text not null, generation integer not null, number integer not null,
    verb text, result text, at integer not null, void integer not null default 0) strict;
  create table if not exists exits (exit text primary key, at integer not null, record text not null) strict;
  create table if not exists facts (name text primary key, value text not null) strict;
`;

export function openRecords(path: string, now: () => number): Records {
  const database = openHeld(path);
  const getFact = (name: string): unknown => {
    const row = database.prepare('select value from facts where name = ?').get(name);
    return typeof row?.['value'] === 'string' ? JSON.parse(row['value']) : null;
  };
  const setFact = (name: string, value: unknown) => {
    const sql = 'insert into facts values (?, ?) on conflict (name) do update set value = excluded.value';
    database.prepare(sql).run(name, JSON.stringify(value));
  };
  if (getFact('since') === null) setFact('since', now());

  return {
    since: Number(getFact('since')),
    attempt: (id) => readAttempt(database, id),
    take: (order) => {
      const { authority, generation, number } = order.fence;
      database
        .prepare(
          'insert into attempts (attempt, authority, generation, number, verb, at) values (?, ?, ?, ?, ?, ?)',
        )
        .run(order.attempt, authority, generation, number, order.verb, now());
      forgetOldest(database, 'attempts', 'attempt', attemptsKept);
    },
    end: (attempt, result) => {
      database
        .prepare('update attempts set result = ? where attempt = ?')
        .run(JSON.stringify(result), attempt);
    },
    endInterrupted: (result) => {
      database.prepare('update attempts set result = ? where result is null').run(JSON.stringify(result));
    },
    void: (attempt, fence) => {
      const result: RunnerResult = {
        outcome: 'refused',
        detail: 'the healer looked for this attempt before it came, and gave it up',
      };
      const sql =
        'insert or ignore into attempts (attempt, authority, generation, number, result, at, void) values (?, ?, ?, ?, ?, ?, 1)';
      const { authority, generation, number } = fence;
      database.prepare(sql).run(attempt, authority, generation, number, JSON.stringify(result), now());
    },
    newestFence: () => {
      const sql =
        'select attempt, authority, generation, number from attempts where void = 0 order by generation desc, number desc limit 1';
      const row = database.prepare(sql).get();
      if (row === undefined) return null;
      return {
        attempt: String(row['attempt']),
        authority: String(row['authority']),
        generation: Number(row['generation']),
        number: Number(row['number']),
      };
    },
    hasFenceBefore: ({ authority, generation, number }) => {
      const sql = `select 1 from attempts where void = 0 and authority = ?
        and (generation < ? or (generation = ? and number < ?)) limit 1`;
      return database.prepare(sql).get(authority, generation, generation, number) !== undefined;
    },
    process: () => readProcess(getFact('process')),
    setProcess: (process) => setFact('process', process),
    state: () => {
      const state = getFact('state');
      return recordedStates.find((known) => known === state) ?? null;
    },
    setState: (state) => setFact('state', state),
    failures: () => readFailures(getFact('failures')),
    setFailures: (failures) => setFact('failures', failures),
    addExit: (exit) => {
      database.prepare('insert into exits values (?, ?, ?)').run(exit.exit, exit.at, JSON.stringify(exit));
      forgetOldest(database, 'exits', 'exit', exitsKept);
    },
    exits: () =>
      database
        .prepare('select record from exits order by at, rowid')
        .all()
        .map((row) => JSON.parse(String(row['record'])) as ExitRecord),
    acknowledge: (exit) => {
      database.prepare('delete from exits where exit = ?').run(exit);
    },
    close: () => database.close(),
  };
}

function openHeld(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    // The first write after this takes the lock, and this connection then keeps it until the process ends.
    database.exec('pragma locking_mode = exclusive; pragma synchronous = full; pragma busy_timeout = 0;');
    database.exec(`begin exclusive; ${schema} commit;`);
  } catch (error) {
    database.close();
    if (!isHeld(error)) throw error;
    throw new RecordsHeldError(`${path} is held by another runner`, { cause: error });
  }
  return database;
}

/** SQLITE_BUSY or SQLITE_LOCKED, with or without an extension in the higher bits. */
function isHeld(error: unknown): boolean {
  const code: unknown = isRecord(error) ? error['errcode'] : undefined;
  return typeof code === 'number' && [5, 6].includes(code & 0xff);
}

function readAttempt(database: DatabaseSync, id: string): RecordedAttempt | null {
  const row = database.prepare('select result from attempts where attempt = ?').get(id);
  if (row === undefined) return null;
  if (typeof row['result'] !== 'string') return { state: 'running' };
  return { state: 'ended', result: JSON.parse(row['result']) as RunnerResult };
}

function readProcess(value: unknown): RecordedProcess | null {
  if (!isRecord(value)) return null;
  const { pid, startMark, bootId, startedAt } = value;
  if (typeof pid !== 'number' || typeof startMark !== 'string' || typeof startedAt !== 'number') return null;
  return { pid, startMark, bootId: typeof bootId === 'string' ? bootId : null, startedAt };
}

function readFailures(value: unknown): FailureMemory {
  if (!isRecord(value) || !Array.isArray(value['times'])) return noFailures;
  const { maintenance } = value;
  const times = value['times'].filter((at) => typeof at === 'number');
  const held = isRecord(maintenance)
    ? { since: Number(maintenance['since']), why: String(maintenance['why']) }
    : null;
  return { times, maintenance: held };
}

function forgetOldest(database: DatabaseSync, table: 'attempts' | 'exits', key: string, kept: number): void {
  // `at` may repeat or step back; the row id only grows.
  const sql = `delete from ${table} where ${key} in (select ${key} from ${table} order by rowid desc limit -1 offset ?)`;
  database.prepare(sql).run(kept);
}
