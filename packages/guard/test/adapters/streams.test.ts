import { attach } from '@prunella/guard';
import { ioredisClient } from '@prunella/guard/ioredis';
import { type PgHandle, pgClient, pgPool } from '@prunella/guard/pg';
import {
  type RethinkdbHandle as ClassicHandle,
  rethinkdbClient as classicClient,
} from '@prunella/guard/rethinkdb';
import { rethinkdbClient } from '@prunella/guard/rethinkdb-ts';
import { type RowCursor, type RowSource, stream } from '@prunella/guard/streams';
import { endPool, waitFor } from '@prunella/labs';
import { Redis } from 'ioredis';
import pg from 'pg';
import Cursor from 'pg-cursor';
import QueryStream from 'pg-query-stream';
import classic from 'rethinkdb';
import { r } from 'rethinkdb-ts';
import { describe, expect, it } from 'vitest';
import { faultOf } from '../runtime/guarded.ts';
import { ManualClock } from '../runtime/manual-clock.ts';
import { threeServers } from './three-servers.ts';

const { postgres, redis, rethinkdb, ends } = threeServers();

async function all<Row>(rows: AsyncIterable<Row>): Promise<Row[]> {
  const got: Row[] = [];
  for await (const row of rows) got.push(row);
  return got;
}

const numbers = 'select n from generate_series(1, 1000) as n';
const thousand = Array.from({ length: 1_000 }, (_none, index) => ({ n: index + 1 }));

describe('rows of PostgreSQL', () => {
  function guardedPool() {
    const pool = new pg.Pool({ connectionString: postgres().connectionString, max: 1 });
    pool.on('error', () => {});
    const clock = new ManualClock();
    const guard = attach(pgPool(pool), { resource: 'postgres/main', deadlineMs: 2_000, clock });
    ends.push(() => guard.detach().then(() => endPool(pool)));
    return { pool, guard, clock };
  }

  it('come from a cursor, whose client goes back to the pool', async () => {
    const { guard, pool } = guardedPool();
    const rows = stream(guard, (db) => db.submit(new Cursor<{ n: number }>(numbers)), { batchRows: 30 });
    expect(await all(rows)).toEqual(thousand);
    expect([pool.totalCount, pool.idleCount]).toEqual([1, 1]);
  });

  it('come from a query stream, whose client goes back to the pool', async () => {
    const { guard, pool } = guardedPool();
    expect(await all(stream(guard, (db) => db.submit(new QueryStream(numbers))))).toEqual(thousand);
    expect([pool.totalCount, pool.idleCount]).toEqual([1, 1]);
  });

  it.each<[string, (db: PgHandle) => Promise<RowSource<unknown>>]>([
    ['a cursor', (db) => db.submit(new Cursor(numbers))],
    ['a query stream', (db) => db.submit(new QueryStream(numbers, [], { highWaterMark: 10 }))],
  ])('need not be read to the end: %s is closed', async (_name, open) => {
    const { guard, pool } = guardedPool();
    for await (const row of stream(guard, open)) {
      expect(row).toEqual({ n: 1 });
      break;
    }
    expect(await guard.run((db) => db.query('select 1 as one'))).toMatchObject({ rows: [{ one: 1 }] });
    expect(pool.totalCount).toBe(1);
  });

  it('that do not come in time cost their client, and the server stops', async () => {
    const { guard, pool, clock } = guardedPool();
    const person = new pg.Pool({ connectionString: postgres().connectionString, max: 1 });
    ends.push(() => endPool(person));
    const slow =
      'select n, pg_sleep(case when n > 300 then 600 else 0 end) from generate_series(1, 500) as n';
    const rows = stream(guard, (db) => db.submit(new Cursor(slow)), { idleMs: 1_000 });
    let count = 0;
    const fault = faultOf(
      (async () => {
        for await (const _row of rows) count += 1;
      })(),
    );
    const isSlow = async () => {
      const text =
        "select from pg_stat_activity where query like '%pg_sleep(case%' and wait_event = 'PgSleep'";
      return (await person.query(text)).rowCount === 1;
    };
    await waitFor(isSlow, { what: 'the server to be slow' });
    await clock.advance(1_010);
    expect(await fault).toMatchObject({ code: 'PRUNELLA_DEADLINE', kind: 'timeout' });
    expect(count).toBe(300);
    expect(pool.totalCount).toBe(0);
    const running = async () => {
      const { rows: sleepers } = await pool.query(
        "select from pg_stat_activity where query like '%pg_sleep(case%' and state = 'active' and pid <> pg_backend_pid()",
      );
      return sleepers.length === 0;
    };
    await waitFor(running, { what: 'the server to stop' });
  });

  it('of a bad query are the caller’s mistake', async () => {
    const { guard, pool } = guardedPool();
    const fault = await faultOf(all(stream(guard, (db) => db.submit(new Cursor('select nonsense')))));
    expect(fault.kind).toBe('caller');
    await guard.run((db) => db.query('select 1'));
    expect(pool.totalCount).toBe(1);
  });

  it('come over one borrowed client, in its turn', async () => {
    const client = new pg.Client({ connectionString: postgres().connectionString });
    await client.connect();
    const guard = attach(pgClient(client), { resource: 'postgres/main' });
    ends.push(() => guard.detach().then(() => client.end()));
    const rows = all(stream(guard, (db) => db.submit(new Cursor<{ n: number }>(numbers))));
    const other = guard.run((db) => db.query('select 1 as one'));
    expect(await rows).toEqual(thousand);
    expect((await other).rows).toEqual([{ one: 1 }]);
  });
});

it('keys of Redis come from scanStream', async () => {
  const client = new Redis({ host: '127.0.0.1', port: redis().port });
  ends.push(async () => client.disconnect());
  const guard = attach(ioredisClient(client), { resource: 'redis/cache' });
  ends.push(() => guard.detach());
  await guard.run((cache) => cache.mset(Object.fromEntries(thousand.map(({ n }) => [`key:${n}`, n]))));
  const batches = await all(stream(guard, (cache) => cache.scanStream({ count: 50 })));
  expect(new Set(batches.flat()).size).toBe(1_000);
});

it('rows of RethinkDB come from a cursor of rethinkdb-ts', async () => {
  const connection = await r.connect({ host: '127.0.0.1', port: rethinkdb().port, silent: true });
  const guard = attach(rethinkdbClient(connection), { resource: 'rethinkdb/main' });
  ends.push(() => guard.detach().then(() => connection.close()));
  await guard.run((db) => db.run(r.dbCreate('streamed')));
  await guard.run((db) => db.run(r.db('streamed').tableCreate('numbers')));
  const table = r.db('streamed').table<{ id: number }>('numbers');
  await guard.run((db) => db.run(table.insert(thousand.map(({ n }) => ({ id: n })))));
  const rows = await all(stream(guard, (db) => db.cursor(table)));
  expect(new Set(rows.map(({ id }) => id)).size).toBe(1_000);
});

it('rows of RethinkDB come from a cursor of the classic driver', async () => {
  const connection = await classic.connect({ host: '127.0.0.1', port: rethinkdb().port });
  const guard = attach(classicClient(connection), { resource: 'rethinkdb/main' });
  ends.push(() => guard.detach().then(() => connection.close()));
  await guard.run((db) => db.run(classic.dbCreate('classic')));
  const database = classic.db('classic');
  await guard.run((db) => db.run(database.tableCreate('numbers')));
  await guard.run((db) => db.run(database.table('numbers').insert(thousand.map(({ n }) => ({ id: n })))));
  const open = (db: ClassicHandle) => db.run(database.table('numbers')) as Promise<RowCursor<unknown>>;
  expect((await all(stream(guard, open))).length).toBe(1_000);
});
