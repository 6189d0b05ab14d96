import { type LabPostgres, startPostgres, waitFor } from '@prunella/labs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pgPool } from '../../src/adapters/pg/index.ts';
import { call, ping, temporaryFolder } from './call.ts';

const folder = temporaryFolder();
let server: LabPostgres;
let pool: pg.Pool;

beforeAll(async () => {
  server = await startPostgres({ folder, engine: 'pglite' });
  pool = new pg.Pool({ connectionString: server.connectionString, max: 3 });
}, 60_000);
afterAll(async () => {
  server?.kill('SIGCONT');
  await pool?.end();
  await server?.stop();
});

describe('a guarded pool over PGlite, which serves one query after another', () => {
  it('works again after queries were abandoned while the server was stopped', async () => {
    const adapter = pgPool(pool);
    adapter.watch?.(() => {});
    expect(await call(adapter, (db) => db.query('select 1'))).toMatchObject({ ended: 'answered' });
    server.kill('SIGSTOP');
    const missed = await Promise.all(
      Array.from({ length: 6 }, () => call(adapter, (db) => db.query('select 2'), 100)),
    );
    expect(missed.map((outcome) => outcome.ended)).toEqual(Array(6).fill('deadline'));
    expect(await ping(adapter, 100)).toBe('late');
    server.kill('SIGCONT');
    await waitFor(async () => (await ping(adapter)) === 'passed', { what: 'the server to go on' });
    expect(await call(adapter, (db) => db.query('select 3 as three'))).toMatchObject({
      ended: 'answered',
      value: { rows: [{ three: 3 }] },
    });
  });

  it('comes back after SIGKILL', async () => {
    const adapter = pgPool(pool);
    adapter.watch?.(() => {});
    server.kill('SIGKILL');
    await server.exited();
    expect(await ping(adapter)).toMatchObject({ kind: 'unreachable' });
    expect(await call(adapter, (db) => db.query('select 1'))).toMatchObject({
      ended: 'failed',
      kind: 'unreachable',
    });
    await server.restart();
    expect(await call(adapter, (db) => db.query('select 4 as four'))).toMatchObject({
      value: { rows: [{ four: 4 }] },
    });
  });
});
