import { endPool, type LabPostgres, startPostgres, waitFor } from '@prunella/labs';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { pgPool } from '../../src/adapters/pg/index.ts';
import { call, ping, restartAfterKill, temporaryFolder } from './call.ts';

const folder = temporaryFolder();
const pools: pg.Pool[] = [];
let server: LabPostgres;

beforeAll(async () => {
  server = await startPostgres({ folder, engine: 'postgresql' });
});
afterEach(() => Promise.all(pools.splice(0).map(endPool)));
afterAll(() => server?.stop());

function guarded(options: pg.PoolConfig = {}) {
  const pool = new pg.Pool({ connectionString: server.connectionString, max: 2, ...options });
  pools.push(pool);
  const adapter = pgPool(pool);
  const faults: unknown[] = [];
  adapter.watch?.((error) => faults.push(error));
  return { pool, adapter, faults };
}

async function sleeperOf(person: pg.Pool): Promise<number> {
  const text =
    "select pid from pg_stat_activity where wait_event = 'PgSleep' and query like '%pg_sleep(600)%' limit 1";
  const found = await waitFor(async () => (await person.query<{ pid: number }>(text)).rows[0], {
    what: 'the query to sleep',
  });
  return found.pid;
}

describe('a guarded pool of a real server that crashes', () => {
  it('loses all sessions when one of them crashes, writes with their outcome unknown, and serves again', async () => {
    const { pool, adapter, faults } = guarded();
    const { pool: person } = guarded({ max: 1 });
    await person.query('create table written (n int)');
    const idle = await pool.connect();
    const write = call(adapter, (db) => db.query('insert into written select 1 from pg_sleep(600)'));
    const pid = await sleeperOf(person);
    idle.release();
    process.kill(pid, 'SIGKILL');
    expect(await write).toMatchObject({ ended: 'failed', kind: 'unreachable', outcomeUnknown: true });
    await waitFor(() => faults.length > 0, { what: 'the pool to tell of its idle client' });
    const seen = new Set<string>();
    await waitFor(
      async () => {
        const outcome = await ping(adapter);
        if (typeof outcome !== 'string') seen.add(outcome.kind);
        return outcome === 'passed';
      },
      { what: 'the server to have recovered', everyMs: 1 },
    );
    expect([...seen].filter((kind) => !['starting', 'unreachable'].includes(kind))).toEqual([]);
    const left = await call(adapter, (db) => db.query('select count(*)::int as n from written'));
    expect(left).toMatchObject({ value: { rows: [{ n: 0 }] } });
  });

  it.each([
    ['fast', 'SIGINT'],
    ['immediate', 'SIGQUIT'],
  ] as const)(
    'takes a %s shutdown for unreachable, the outcome of a write unknown',
    async (_mode, signal) => {
      const { adapter } = guarded();
      const { pool: person } = guarded({ max: 1 });
      const write = call(adapter, (db) => db.query('select pg_sleep(600)'));
      await sleeperOf(person);
      server.kill(signal);
      expect(await write).toMatchObject({ ended: 'failed', kind: 'unreachable', outcomeUnknown: true });
      await server.exited();
      await restartAfterKill(server);
      expect(await ping(adapter)).toBe('passed');
    },
  );

  it('serves again at once after many queries that no answer came to: none keeps a place in the pool', async () => {
    const { pool, adapter } = guarded({ max: 4 });
    const { pool: holder } = guarded({ max: 1 });
    await holder.query('create table locked (n int)');
    const client = await holder.connect();
    await client.query('begin; lock table locked');
    const stalled = await Promise.all(
      Array.from({ length: 12 }, () => call(adapter, (db) => db.query('insert into locked values (1)'), 300)),
    );
    expect(stalled.filter((outcome) => outcome.ended === 'deadline')).toHaveLength(12);
    expect(await call(adapter, (db) => db.query('select 1'))).toMatchObject({ ended: 'answered' });
    await client.query('rollback');
    client.release();
    expect(pool.waitingCount).toBe(0);
    const written = await call(adapter, (db) => db.query('select count(*)::int as n from locked'));
    expect(written).toMatchObject({ value: { rows: [{ n: 0 }] } });
  });

  it('leaves no statement running at the server, however many missed their deadline at once', async () => {
    const { adapter } = guarded({ max: 24 });
    const { pool: person } = guarded({ max: 1 });
    const running =
      "select from pg_stat_activity where query like '%pg_sleep(600)%' and pid <> pg_backend_pid()";
    const allRun = waitFor(async () => (await person.query(running)).rowCount === 24, { what: 'all to run' });
    const late = await Promise.all(
      Array.from({ length: 24 }, () => call(adapter, (db) => db.query('select pg_sleep(600)'), allRun)),
    );
    expect(late.every((outcome) => outcome.ended === 'deadline')).toBe(true);
    await waitFor(async () => (await person.query(running)).rowCount === 0, { what: 'all to be stopped' });
  });
});
