import { join } from 'node:path';
import { canHaveSmallDisk, endPool, type LabPostgres, notRun, startPostgres, waitFor } from '@prunella/labs';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { pgPool } from '../../src/adapters/pg/index.ts';
import { call, ping, temporaryFolder } from './call.ts';

const folder = temporaryFolder();
const pools: pg.Pool[] = [];
let server: LabPostgres | undefined;

afterEach(async () => {
  await Promise.all(pools.splice(0).map(endPool));
  await server?.stop();
});

function poolOf(of: LabPostgres, options: pg.PoolConfig = {}): pg.Pool {
  const pool = new pg.Pool({ connectionString: of.connectionString, max: 2, ...options });
  pool.on('error', () => {});
  pools.push(pool);
  return pool;
}

describe('a guarded pool of a real server at its limits', () => {
  it('says that the server has no connection left, by ping and by call', async () => {
    server = await startPostgres({
      folder: join(folder, 'crowded'),
      engine: 'postgresql',
      settings: { max_connections: '4', superuser_reserved_connections: '0', max_wal_senders: '0' },
    });
    const others = poolOf(server, { max: 4 });
    const held = await Promise.all([others.connect(), others.connect(), others.connect(), others.connect()]);
    const adapter = pgPool(poolOf(server));
    expect(await call(adapter, (db) => db.query('select 1'))).toMatchObject({
      kind: 'resource-exhausted',
      outcomeUnknown: false,
      error: { code: '53300' },
    });
    expect(await ping(adapter)).toMatchObject({ kind: 'resource-exhausted' });
    for (const client of held) client.release(true);
    await waitFor(async () => (await ping(adapter)) === 'passed', { what: 'a connection to be free' });
  });

  it('says that the disk is full, and rolls the statement back', async (context) => {
    if (!canHaveSmallDisk()) notRun(context, 'needs root, to mount a disk of 2 MB');
    const smallDisk = join(folder, 'small-disk');
    server = await startPostgres({ folder: join(folder, 'full'), engine: 'postgresql', smallDisk });
    const pool = poolOf(server);
    const adapter = pgPool(pool);
    await pool.query(`create tablespace small location '${smallDisk}'`);
    await pool.query('create table filling (n int, padding text) tablespace small');
    const filling = "insert into filling select n, repeat('x', 500) from generate_series(1, 20000) n";
    expect(await call(adapter, (db) => db.query(filling))).toMatchObject({
      kind: 'resource-exhausted',
      outcomeUnknown: false,
      error: { code: '53100' },
    });
    expect(await call(adapter, (db) => db.query('select count(*)::int as n from filling'))).toMatchObject({
      value: { rows: [{ n: 0 }] },
    });
  });
});
