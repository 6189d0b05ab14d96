import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { attach, type Guard } from '@prunella/guard';
import { guardedPool, type PgHandle, pgPool } from '@prunella/guard/pg';
import { endPool, type LabPostgres, startPostgres } from '@prunella/labs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'prunella-prisma-'));
chmodSync(folder, 0o755);
let server: LabPostgres;
let pool: pg.Pool;
let guard: Guard<PgHandle>;
let adapter: Awaited<ReturnType<PrismaPg['connect']>>;

beforeAll(async () => {
  server = await startPostgres({ folder, engine: 'postgresql' });
  pool = new pg.Pool({ connectionString: server.connectionString, max: 2 });
  guard = attach(pgPool(pool), { resource: 'postgres/main', deadlineMs: 1_000 });
  adapter = await new PrismaPg(guardedPool(guard, pool)).connect();
  await adapter.executeRaw(statement('create table monitors (id int primary key)'));
});
afterAll(async () => {
  await adapter?.dispose();
  await guard?.detach();
  await endPool(pool);
  await server?.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

function statement(sql: string) {
  return { sql, args: [], argTypes: [] };
}

// The part of Prisma that meets the pool. Generating its client needs a program that no package registry has.
describe('Prisma’s adapter for node-postgres over a guarded pool', () => {
  it('queries, and commits and rolls back', async () => {
    const kept = await adapter.startTransaction();
    await kept.executeRaw(statement('insert into monitors values (1)'));
    await kept.executeRaw(statement('commit'));
    await kept.commit();
    const left = await adapter.startTransaction();
    await left.executeRaw(statement('insert into monitors values (2)'));
    await left.executeRaw(statement('rollback'));
    await left.rollback();
    expect((await adapter.queryRaw(statement('select id from monitors'))).rows).toEqual([[1]]);
    expect(pool.idleCount).toBe(pool.totalCount);
  });

  it('still knows a unique constraint by its code', async () => {
    const conflict = adapter.executeRaw(statement('insert into monitors values (1)'));
    await expect(conflict).rejects.toMatchObject({
      name: 'DriverAdapterError',
      cause: { kind: 'UniqueConstraintViolation', originalCode: '23505' },
    });
    expect(guard.condition).toBe('ok');
  });

  it('has a late query ended, alone and inside of a guarded call', async () => {
    const alone = adapter.queryRaw(statement('select pg_sleep(600)'));
    await expect(alone).rejects.toMatchObject({ code: 'PRUNELLA_DEADLINE', kind: 'timeout' });
    const inside = await guard.tryRun(() => adapter.queryRaw(statement('select pg_sleep(600)')));
    expect(inside).toMatchObject({ ok: false, fault: { code: 'PRUNELLA_DEADLINE', kind: 'timeout' } });
    expect((await adapter.queryRaw(statement('select 1'))).rows).toEqual([[1]]);
  });
});
