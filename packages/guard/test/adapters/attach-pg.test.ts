import { endPool, type LabPostgres, startPostgres, waitFor } from '@prunella/labs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pgPool } from '../../src/adapters/pg/index.ts';
import { attach, type GuardEvents } from '../../src/index.ts';
import { degradedWrites } from '../../src/writes/index.ts';
import { ManualClock } from '../runtime/manual-clock.ts';
import { restartAfterKill, temporaryFolder } from './call.ts';

interface Monitor {
  readonly failcount: number;
}

const folder = temporaryFolder();
let server: LabPostgres;
let pool: pg.Pool;

beforeAll(async () => {
  server = await startPostgres({ folder, engine: 'postgresql' });
  pool = new pg.Pool({ connectionString: server.connectionString, max: 3, connectionTimeoutMillis: 2_000 });
  await pool.query(
    'create table monitors (id text primary key, failcount int not null, seen uuid[] not null)',
  );
  await pool.query("insert into monitors values ('m1', 0, '{}')");
});
afterAll(async () => {
  await endPool(pool);
  await server?.stop();
});

describe('an application over a guarded pool', () => {
  it('reads and counts on through SIGKILL and restart of its database, and loses and doubles nothing', async () => {
    const guard = attach(pgPool(pool), {
      resource: 'postgres/main',
      deadlineMs: 15_000,
      breaker: { consecutive: 2, openForMs: 100 },
      reconnect: { baseMs: 20, capMs: 200 },
    });
    const conditions: string[] = [];
    const faults: GuardEvents['fault'][] = [];
    guard.on('condition', ({ condition }) => conditions.push(condition));
    guard.on('fault', (event) => faults.push(event));
    const writes = degradedWrites(guard);

    const readMonitor = () =>
      guard.read<Monitor>({
        key: 'monitor/m1',
        load: async (db) => {
          const { rows } = await db.query<Monitor & Record<string, unknown>>(
            "select failcount from monitors where id = 'm1'",
          );
          return { failcount: rows[0]?.failcount ?? 0 };
        },
        merge: (fresh, cached) => ({ failcount: Math.max(fresh.failcount, cached.failcount) }),
      });
    const countFailure = () =>
      writes.write<null, void, Monitor>({
        key: 'monitor/m1',
        payload: null,
        apply: async (db, { idempotencyKey }) => {
          await db.query(
            "update monitors set failcount = failcount + 1, seen = seen || $1::uuid where id = 'm1' and not $1 = any (seen)",
            [idempotencyKey],
          );
        },
        applyToCached: (cached) => ({ failcount: (cached?.failcount ?? 0) + 1 }),
      });

    expect(await readMonitor()).toMatchObject({ value: { failcount: 0 }, cacheOnly: false });
    expect(await countFailure()).toMatchObject({ pending: false });
    expect(await readMonitor()).toMatchObject({ value: { failcount: 1 }, cacheOnly: false });

    server.kill('SIGKILL');
    await waitFor(() => pool.totalCount === 0, { what: "the server's sessions to be gone" });
    for (let count = 0; count < 5; count += 1) expect(await countFailure()).toMatchObject({ pending: true });
    const meanwhile = await readMonitor();
    expect(meanwhile).toMatchObject({ value: { failcount: 6 }, cacheOnly: true });
    expect(meanwhile.reason?.kind).toBe('unreachable');
    expect(guard.condition).toBe('down');
    expect(writes.waiting).toBe(5);

    await restartAfterKill(server);
    await waitFor(() => guard.condition === 'ok' && writes.waiting === 0, {
      what: 'the guard to recover and replay',
    });
    expect(await readMonitor()).toMatchObject({ value: { failcount: 6 }, cacheOnly: false });
    expect((await pool.query('select failcount from monitors')).rows).toEqual([{ failcount: 6 }]);
    expect(conditions.at(-1)).toBe('ok');
    expect(faults.every(({ fault }) => ['unreachable', 'starting'].includes(fault.kind))).toBe(true);

    expect(await guard.detach()).toEqual({ lostWrites: 0 });
    expect(pool.listenerCount('error')).toBe(0);
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('stays well over bad queries and a starved pool', async () => {
    const clock = new ManualClock();
    const guard = attach(pgPool(pool), { resource: 'postgres/main', deadlineMs: 200, clock });
    await guard.run((db) => db.query('select 1'));
    for (let tries = 0; tries < 20; tries += 1) {
      await expect(guard.run((db) => db.query('select nonsense'))).rejects.toMatchObject({ kind: 'caller' });
    }
    const held = await Promise.all([pool.connect(), pool.connect(), pool.connect()]);
    const calls = Array.from({ length: 10 }, () => guard.tryRun((db) => db.query('select 1')));
    await clock.advance(210);
    const starved = await Promise.all(calls);
    for (const client of held) client.release();
    expect(starved.map((outcome) => (outcome.ok ? 'ok' : outcome.fault.kind))).toEqual(
      Array(10).fill('local'),
    );
    expect(starved.every((outcome) => !outcome.ok && !outcome.fault.outcomeUnknown)).toBe(true);
    expect(guard.condition).toBe('ok');
    await guard.detach();
  });
});
