import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attach } from '@prunella/guard';
import { pgPool } from '@prunella/guard/pg';
import { endPool, startPostgres } from '@prunella/labs';
import knex from 'knex';
import pg from 'pg';
import { expect, it } from 'vitest';

it('blames nobody but this process where Knex’ own pool is starved', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'prunella-knex-'));
  chmodSync(folder, 0o755);
  const server = await startPostgres({ folder, engine: 'postgresql' });
  const { connectionString } = server;
  const pool = new pg.Pool({ connectionString });
  const guard = attach(pgPool(pool), { resource: 'postgres/main', deadlineMs: 5_000 });
  const own = knex({
    client: 'pg',
    connection: connectionString,
    pool: { min: 0, max: 1 },
    acquireConnectionTimeout: 100,
  });
  const holder = await own.transaction();
  const outcome = await guard.tryRun(() => own.select(1));
  expect(outcome).toMatchObject({ ok: false, fault: { kind: 'local', cause: { name: 'KnexTimeoutError' } } });
  expect(guard.condition).toBe('unknown');
  await holder.rollback();
  const late = await guard.tryRun(() => own.raw('select pg_sleep(600)').timeout(100, { cancel: true }));
  expect(late).toMatchObject({ ok: false, fault: { kind: 'timeout', outcomeUnknown: true } });
  await own.destroy();
  await guard.detach();
  await endPool(pool);
  await server.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});
