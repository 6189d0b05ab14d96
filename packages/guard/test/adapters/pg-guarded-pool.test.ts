import { endPool, type LabPostgres, startPostgres, waitFor } from '@prunella/labs';
import pg from 'pg';
import Cursor from 'pg-cursor';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type GuardedPoolOptions, guardedPool, pgPool } from '../../src/adapters/pg/index.ts';
import { attach, type Guard, type GuardOptions, systemClock } from '../../src/index.ts';
import { ManualClock } from '../runtime/manual-clock.ts';
import { restartAfterKill, temporaryFolder } from './call.ts';

const folder = temporaryFolder();
const pools: pg.Pool[] = [];
const guards: Guard<unknown>[] = [];
let server: LabPostgres;
/** Somebody who looks at the server beside the guard. */
let person: pg.Pool;

beforeAll(async () => {
  server = await startPostgres({ folder, engine: 'postgresql' });
  person = new pg.Pool({ connectionString: server.connectionString, max: 1 });
  person.on('error', () => {});
  await person.query('create table kept (id int primary key)');
});
afterEach(async () => {
  await Promise.all(guards.splice(0).map((guard) => guard.detach()));
  await Promise.all(pools.splice(0).map(endPool));
  // A cancelled query may run on for a moment, and the next test would take it for its own.
  await waitFor(async () => !(await isSleeping()), { what: 'the cancelled queries to end' });
});
afterAll(async () => {
  await endPool(person);
  await server?.stop();
});

function newPool(): pg.Pool {
  const pool = new pg.Pool({ connectionString: server.connectionString, max: 2 });
  pools.push(pool);
  return pool;
}

function faced(options: GuardedPoolOptions = {}, guardOptions: Partial<GuardOptions> = {}) {
  const pool = newPool();
  const clock = new ManualClock();
  const given = { resource: 'postgres/main', deadlineMs: 300, clock, ...guardOptions };
  const guard = attach(pgPool(pool), given);
  guards.push(guard);
  /** Lets the time pass while the server is in the middle of a query that takes for ever. */
  const pass = async (ms: number) => {
    await waitFor(isSleeping, { what: 'the query to run' });
    await clock.advance(ms);
  };
  return { pool, guard, face: guardedPool(guard, pool, options), pass };
}

async function isSleeping(): Promise<boolean> {
  const text = "select from pg_stat_activity where wait_event = 'PgSleep' and query = 'select pg_sleep(600)'";
  return (await person.query(text)).rowCount === 1;
}

describe('the face of a guarded pool', () => {
  it('is the pool to whoever looks: its class, its counts, its events, and all forms of query', async () => {
    const { pool, face } = faced();
    expect(face).toBeInstanceOf(pg.Pool);
    expect(Object.getPrototypeOf(face)).toBe(Object.getPrototypeOf(pool));
    const byCallback = new Promise((resolve, reject) => {
      face.query('select $1::int as n', [2], (error, result) =>
        error ? reject(error) : resolve(result.rows),
      );
    });
    expect((await face.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
    expect(await byCallback).toEqual([{ n: 2 }]);
    expect((await face.query({ text: 'select 3', rowMode: 'array' })).rows).toEqual([[3]]);
    expect(face.totalCount).toBe(pool.totalCount);
    const released = new Promise((resolve, reject) => {
      face.connect((error, client, release) => {
        if (error || client === undefined) return reject(error);
        client.query('select 4 as n', (failed, result) => {
          release();
          if (failed) reject(failed);
          else resolve(result.rows);
        });
      });
    });
    expect(await released).toEqual([{ n: 4 }]);
    expect(pool.idleCount).toBe(pool.totalCount);
  });

  it('makes each query a guarded call: counted, and failing with the code that the application looks at', async () => {
    const { guard, face, pass } = faced();
    await face.query('insert into kept values (1)');
    await expect(face.query('insert into kept values (1)')).rejects.toMatchObject({ code: '23505' });
    expect(guard.condition).toBe('ok');
    const late = expect(face.query('select pg_sleep(600)')).rejects.toMatchObject({
      name: 'FaultError',
      code: 'PRUNELLA_DEADLINE',
      kind: 'timeout',
      outcomeUnknown: true,
    });
    await pass(310);
    await late;
  });

  it('makes a stretch from connect to release one call, whose deadline takes the client away', async () => {
    const { guard, pool, face, pass } = faced({ clientDeadlineMs: 400 });
    const client = await face.connect();
    await client.query('begin');
    await client.query('insert into kept values (2)');
    const late = expect(client.query('select pg_sleep(600)')).rejects.toMatchObject({
      code: 'PRUNELLA_DEADLINE',
      kind: 'timeout',
    });
    await pass(410);
    await late;
    await expect(client.query('commit')).rejects.toMatchObject({ code: 'PRUNELLA_DEADLINE' });
    client.release();
    await waitFor(() => pool.totalCount === 0, { what: 'the client to be gone' });
    expect((await face.query('select from kept where id = 2')).rowCount).toBe(0);
    expect(guard.condition).not.toBe('unknown');
  });

  it('judges a transaction by the first error in it, and keeps a client that is still good', async () => {
    const { guard, pool, face } = faced();
    const faults: string[] = [];
    guard.on('fault', ({ fault }) => faults.push(fault.kind));
    const client = await face.connect();
    await client.query('begin');
    await expect(client.query('select nonsense')).rejects.toMatchObject({ code: '42703' });
    await client.query('rollback');
    client.release();
    await waitFor(() => faults.length > 0, { what: 'the guard to judge' });
    expect(faults).toEqual(['caller']);
    expect(pool.idleCount).toBe(1);
    const other = await face.connect();
    other.release(true);
    await waitFor(() => pool.totalCount === 0, { what: 'the client to be evicted' });
  });

  it('refuses a client that was released, as the driver does: another call may have it by now', async () => {
    const { pool, face } = faced();
    const client = await face.connect();
    await client.query('select 1');
    client.release();
    expect(() => client.release()).toThrow(/released a second time/);
    const refused = { code: 'PRUNELLA_CALL_ENDED', message: expect.stringContaining('used after it') };
    await expect(client.query('insert into kept values (4)')).rejects.toMatchObject(refused);
    const byCallback = new Promise((resolve) => client.query('insert into kept values (4)', resolve));
    expect(await byCallback).toMatchObject(refused);
    expect(() => client.query(new Cursor('select 1'))).toThrow('used after it');
    expect((await face.query('select from kept where id = 4')).rowCount).toBe(0);
    expect(pool.idleCount).toBe(1);
  });

  it('belongs to the guarded call in which it is used, also after a pause and behind other code', async () => {
    const { guard, face, pass } = faced();
    const faults: string[] = [];
    guard.on('fault', ({ fault }) => faults.push(fault.code));
    const answer = guard.tryRun(async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      await face.query('select 1');
      const client = await face.connect();
      await client.query('select 2');
      client.release();
      return (await face.query('select pg_sleep(600)')).rows;
    });
    await pass(310);
    expect(await answer).toMatchObject({ ok: false, fault: { code: 'PRUNELLA_DEADLINE', kind: 'timeout' } });
    expect(faults).toEqual(['PRUNELLA_DEADLINE']);
    expect((await face.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
  });

  it('refuses what a call asks after its deadline, and serves what outlives a call that ended well', async () => {
    const { guard, face, pass } = faced();
    let late: Promise<unknown> | undefined;
    const missed = guard.tryRun(async () => {
      await face.query('select pg_sleep(600)').catch(() => {});
      late = face.query('insert into kept values (3)');
      return late;
    });
    await pass(310);
    await missed;
    await waitFor(() => late !== undefined, { what: 'the function to go on' });
    await expect(late).rejects.toMatchObject({ code: 'PRUNELLA_CALL_ENDED' });
    let later: Promise<pg.QueryResult> | undefined;
    let goOn = (): void => {};
    const ended = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    await guard.run(() => {
      later = ended.then(() => face.query('select 5 as n'));
    });
    goOn();
    expect((await later)?.rows).toEqual([{ n: 5 }]);
  });

  it('fails fast while the server is down, and works again with it', async () => {
    const { guard, face } = faced(
      {},
      {
        deadlineMs: 15_000,
        clock: systemClock,
        breaker: { consecutive: 2, openForMs: 100 },
        reconnect: { baseMs: 20, capMs: 100 },
      },
    );
    server.kill('SIGKILL');
    await server.exited();
    await waitFor(
      () =>
        face.query('select 1').then(
          () => false,
          (error: unknown) => Reflect.get(Object(error), 'code') === 'PRUNELLA_BREAKER_OPEN',
        ),
      { what: 'the breaker to open' },
    );
    await expect(face.connect()).rejects.toMatchObject({
      code: 'PRUNELLA_BREAKER_OPEN',
      kind: 'unreachable',
    });
    await restartAfterKill(server);
    await waitFor(() => guard.condition === 'ok', { what: 'the guard to recover' });
    expect((await face.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
  });

  it('refuses at once what is no guard, no pool, no option, no query', () => {
    const { guard, pool, face } = faced();
    const wrong = (given: unknown) => given as never;
    expect(() => guardedPool(wrong({}), pool)).toThrow('option guard');
    expect(() => guardedPool(guard, wrong({}))).toThrow('option pool');
    expect(() => guardedPool(guard, pool, wrong({ deadline: 5 }))).toThrow('option deadline');
    expect(() => guardedPool(guard, pool, { clientDeadlineMs: 0 })).toThrow('given 0');
    expect(() => face.query(wrong(undefined))).toThrow(TypeError);
  });
});
