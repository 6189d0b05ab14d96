import { readFile } from 'node:fs/promises';
import { endPool, type LabPostgres, signalGroup, startPostgres, waitFor } from '@prunella/labs';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type PgHandle, pgPool } from '../../src/adapters/pg/index.ts';
import {
  begins,
  call,
  ping,
  restartAfterKill,
  temporaryFolder,
  unhandledDuring,
  waitsElsewhere,
} from './call.ts';

const folder = temporaryFolder();
let server: LabPostgres;
const pools: pg.Pool[] = [];

beforeAll(async () => {
  server = await startPostgres({ folder, engine: 'postgresql' });
});
afterAll(() => server?.stop());
afterEach(async () => {
  server.kill('SIGCONT');
  await Promise.all(pools.splice(0).map(endPool));
});

function newPool(options: pg.PoolConfig = {}): pg.Pool {
  const pool = new pg.Pool({ connectionString: server.connectionString, max: 2, ...options });
  pools.push(pool);
  return pool;
}

function guarded(options: pg.PoolConfig = {}) {
  const pool = newPool(options);
  const adapter = pgPool(pool);
  const faults: unknown[] = [];
  adapter.watch?.((error) => faults.push(error));
  return { pool, adapter, faults };
}

async function countSleepers(): Promise<number> {
  const client = new pg.Client({ connectionString: server.connectionString });
  await client.connect();
  const text =
    "select count(*)::int as n from pg_stat_activity where query like '%pg_sleep(600)%' and pid <> pg_backend_pid()";
  const { rows } = await client.query(text);
  await client.end();
  return rows[0].n;
}

describe('a guarded pool of node-postgres', () => {
  it('answers queries, with values, as configuration and in array mode', async () => {
    const { adapter, pool } = guarded();
    const plain = await call(adapter, (db) => db.query('select 1 as one'));
    const values = await call(adapter, (db) => db.query<{ sum: number }>('select $1::int + 1 as sum', [41]));
    const named = await call(adapter, (db) =>
      db.query({ name: 'n', text: 'select $1::int as x', values: [7] }),
    );
    const arrays = await call(adapter, (db) => db.query<[number]>({ text: 'select 5', rowMode: 'array' }));
    expect(plain).toMatchObject({ ended: 'answered', value: { rows: [{ one: 1 }] } });
    expect(values).toMatchObject({ ended: 'answered', value: { rows: [{ sum: 42 }] } });
    expect(named).toMatchObject({ ended: 'answered', value: { rows: [{ x: 7 }] } });
    expect(arrays).toMatchObject({ ended: 'answered', value: { rows: [[5]] } });
    expect(pool.totalCount).toBe(1);
    expect(pool.idleCount).toBe(1);
  });

  it('refuses forms of a query that it would never answer, as caller, and sends nothing', async () => {
    const { adapter, pool } = guarded();
    const forms: readonly (readonly unknown[])[] = [
      [{ submit() {} }],
      ['select 1', () => {}],
      ['select 1', [], () => {}],
    ];
    for (const form of forms) {
      expect(await call(adapter, (db) => Reflect.apply(db.query, db, form))).toMatchObject({
        ended: 'failed',
        error: { code: 'PRUNELLA_WRONG_FORM' },
        kind: 'caller',
      });
    }
    expect(pool.totalCount).toBe(0);
  });

  it('keeps the client after a bad query, where pool.query would evict it', async () => {
    const { adapter, pool } = guarded();
    const outcome = await call(adapter, (db) => db.query('select * from no_such_table'));
    expect(outcome).toMatchObject({ ended: 'failed', kind: 'caller', evict: false });
    expect(await call(adapter, (db) => db.query('select 1'))).toMatchObject({ ended: 'answered' });
    expect(pool.totalCount).toBe(1);
  });

  it('gives no client back to the pool that has a transaction open', async () => {
    const { adapter, pool } = guarded();
    await call(adapter, (db) => db.query('begin'));
    await call(adapter, (db) => db.query('begin; select * from no_such_table'));
    await call(adapter, (db) => db.withClient((client) => client.query('begin')));
    const failed = await call(adapter, (db) =>
      db.withClient(async (client) => {
        await client.query('begin');
        await client.query('select 1/0');
      }),
    );
    expect(failed).toMatchObject({ ended: 'failed', kind: 'caller' });
    expect(pool.totalCount).toBe(0);
  });

  it('runs a transaction on one client and gives it back', async () => {
    const { adapter, pool } = guarded();
    await pool.query('create table if not exists moved (id int primary key)');
    const outcome = await call(adapter, (db) =>
      db.withClient(async (client) => {
        await client.query('begin');
        await client.query('insert into moved values (1)');
        await client.query('rollback');
        return client.query('select count(*)::int as n from moved');
      }),
    );
    expect(outcome).toMatchObject({ ended: 'answered', value: { rows: [{ n: 0 }] } });
    expect(pool.idleCount).toBe(1);
  });

  it('keeps a client that the function has released until the function ends', async () => {
    const { adapter, pool } = guarded({ max: 1 });
    const order: string[] = [];
    const outcome = await call(adapter, (db) =>
      db.withClient(async (client) => {
        Reflect.apply(Reflect.get(client, 'release'), client, []);
        pool.query('select 1').then(() => order.push('the next'));
        await client.query('select pg_sleep(0.05)');
        order.push('the one that released it');
      }),
    );
    expect(outcome).toMatchObject({ ended: 'answered' });
    await waitFor(() => order.length === 2, { what: 'the next to have its turn' });
    expect(order).toEqual(['the one that released it', 'the next']);
    expect(pool.totalCount).toBe(1);
    await call(adapter, (db) =>
      db.withClient((client) => Reflect.apply(Reflect.get(client, 'release'), client, [true])),
    );
    expect(pool.totalCount).toBe(0);
  });

  it('cancels a query that missed its deadline at the server, and evicts its client only', async () => {
    const { adapter, pool, faults } = guarded();
    await call(adapter, (db) => db.query('select 1'));
    const slow = await call(adapter, (db) => db.query('select pg_sleep(600)'), 200);
    expect(slow).toEqual({ ended: 'deadline', local: false });
    await waitFor(async () => (await countSleepers()) === 0, { what: 'the server to stop the query' });
    expect(pool.totalCount).toBe(0);
    expect(await call(adapter, (db) => db.query('select 1'))).toMatchObject({ ended: 'answered' });
    expect(faults).toEqual([]);
  });

  it('sends nothing more for a call that missed its deadline', async () => {
    const { adapter, pool } = guarded();
    await pool.query('create table if not exists late (id int)');
    let second: Promise<unknown> | undefined;
    await call(
      adapter,
      async (db) => {
        await db.query('select pg_sleep(600)').catch(() => {});
        second = db.query('insert into late values (1)');
        return second;
      },
      200,
    );
    await waitFor(() => second !== undefined, { what: 'the second query to be tried' });
    await expect(second).rejects.toMatchObject({ code: 'PRUNELLA_CALL_ENDED' });
    expect(adapter.classify(await second?.catch((error: unknown) => error)).kind).toBe('caller');
    expect((await pool.query('select count(*)::int as n from late')).rows).toEqual([{ n: 0 }]);
  });

  it('ends no process by what was begun and not yet awaited when the deadline came', async () => {
    const { adapter, pool } = guarded();
    await call(adapter, (db) => db.query('select 1'));
    const unhandled = await unhandledDuring(async () => {
      const begun = begins((db: PgHandle) => db.query('select pg_sleep(600)'));
      expect(await call(adapter, begun, 200)).toEqual({ ended: 'deadline', local: false });
      await waitFor(async () => (await countSleepers()) === 0, { what: 'the server to stop the query' });
      await waitFor(() => pool.totalCount === 0, { what: 'the client to be gone' });
      expect(await ping(adapter)).toBe('passed');
    });
    expect(unhandled).toEqual([]);
  });

  it('calls a wait for its own starved pool local, while the ping still passes', async () => {
    const { adapter, pool } = guarded();
    const held = [await pool.connect(), await pool.connect()];
    expect(await call(adapter, (db) => db.query('select 1'), 200)).toEqual({
      ended: 'deadline',
      local: true,
    });
    expect(await ping(adapter)).toBe('passed');
    for (const client of held) client.release();
    expect(await call(adapter, (db) => db.query('select 1'))).toMatchObject({ ended: 'answered' });
    expect(pool.waitingCount).toBe(0);
  });

  it('calls a pool wait that the pool itself ends local', async () => {
    const { adapter, pool } = guarded({ max: 1, connectionTimeoutMillis: 100 });
    const held = await pool.connect();
    expect(await call(adapter, (db) => db.query('select 1'))).toMatchObject({
      ended: 'failed',
      kind: 'local',
    });
    held.release();
  });

  it('calls a transaction that waits for a second client of its own pool local', async () => {
    const { adapter } = guarded({ max: 1 });
    await call(adapter, (db) => db.query('select 1'));
    const nested = await call(adapter, (db) => db.withClient(() => db.query('select 1')), 200);
    expect(nested).toEqual({ ended: 'deadline', local: true });
    expect(await call(adapter, (db) => db.query('select 1'))).toMatchObject({ ended: 'answered' });
  });

  it('calls a deadline local where the function waits for something else', async () => {
    const { adapter } = guarded();
    const { work, waits } = waitsElsewhere((db: PgHandle) => db.query('select 1'));
    expect(await call(adapter, work, waits)).toEqual({ ended: 'deadline', local: true });
  });

  it('refuses more waiting calls than allowed, as local', async () => {
    const pool = newPool({ max: 1 });
    const adapter = pgPool(pool, { maximumWaiting: 1 });
    const held = await pool.connect();
    const waiting = call(adapter, (db) => db.query('select 1'));
    expect(await call(adapter, (db) => db.query('select 1'))).toMatchObject({
      ended: 'failed',
      kind: 'local',
      error: { code: 'PRUNELLA_TOO_MANY_WAITING' },
    });
    held.release();
    expect(await waiting).toMatchObject({ ended: 'answered' });
  });

  it('takes a stopped server for a timeout of the server, not of the pool, and works again when it goes on', async () => {
    const { adapter, pool } = guarded();
    await call(adapter, (db) => db.query('select 1'));
    const others = await allBackends(server.pid);
    for (const pid of others) signalGroup(pid, 'SIGSTOP');
    server.kill('SIGSTOP');
    try {
      const first = await Promise.all(
        Array.from({ length: 4 }, () => call(adapter, (db) => db.query('select 1'), 200)),
      );
      const later = await Promise.all(
        Array.from({ length: 4 }, () => call(adapter, (db) => db.query('select 1'), 200)),
      );
      expect(first.filter((outcome) => outcome.ended === 'deadline' && !outcome.local)).not.toHaveLength(0);
      expect(later).toEqual(Array.from({ length: 4 }, () => ({ ended: 'deadline', local: false })));
      expect(await ping(adapter, 200)).toBe('late');
    } finally {
      server.kill('SIGCONT');
      for (const pid of others) signalGroup(pid, 'SIGCONT');
    }
    await waitFor(async () => (await call(adapter, (db) => db.query('select 1'), 500)).ended === 'answered', {
      what: 'the pool to work again',
    });
    expect(pool.waitingCount).toBe(0);
  });

  it('survives SIGKILL of the server with clients idle, busy and in a transaction, and works after its restart', async () => {
    const { adapter, pool, faults } = guarded({ max: 3 });
    let killed = (): void => {};
    const isKilled = new Promise<void>((resolve) => {
      killed = resolve;
    });
    const idle = await pool.connect();
    const inTransaction = call(adapter, (db) =>
      db.withClient(async (client) => {
        await client.query('begin');
        await isKilled;
        await client.query('commit');
      }),
    );
    const busy = call(adapter, (db) => db.query('select pg_sleep(600)'));
    await waitFor(async () => (await countSleepers()) === 1, { what: 'the query to run' });
    idle.release();
    server.kill('SIGKILL');
    await server.exited();
    await waitFor(() => faults.length > 0, { what: 'the pool to tell of its idle client' });
    killed();
    expect(await busy).toMatchObject({ ended: 'failed', kind: 'unreachable', outcomeUnknown: true });
    expect(await inTransaction).toMatchObject({ ended: 'failed', kind: 'unreachable' });
    expect(await call(adapter, (db) => db.query('select 1'))).toMatchObject({
      ended: 'failed',
      kind: 'unreachable',
      outcomeUnknown: false,
    });
    expect(await ping(adapter)).toMatchObject({ kind: 'unreachable' });
    await restartAfterKill(server);
    expect(await ping(adapter)).toBe('passed');
    expect(await call(adapter, (db) => db.query('select 1'))).toMatchObject({ ended: 'answered' });
  });

  it('leaves no listener on the pool or its clients, and no client behind', async () => {
    const pool = newPool();
    const adapter = pgPool(pool);
    const stop = adapter.watch?.(() => {});
    await call(adapter, (db) => db.query('select 1'));
    await call(adapter, (db) => db.withClient((client) => client.query('select 1')));
    await ping(adapter);
    stop?.();
    expect(pool.eventNames()).toEqual([]);
    const client = await pool.connect();
    expect(client.listenerCount('error')).toBe(0);
    client.release();
  });
});

/** Stopping PostgreSQL's first process leaves the others at work; each has a process group of its own. */
async function allBackends(postmaster: number): Promise<number[]> {
  const children = await readFile(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8');
  return children.trim().split(/\s+/).map(Number);
}
