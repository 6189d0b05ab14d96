import { join } from 'node:path';
import { endPool, type LabPostgres, startPostgres, startPostgresStandby, waitFor } from '@prunella/labs';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { pgPool } from '../../src/adapters/pg/index.ts';
import { call, ping, temporaryFolder } from './call.ts';

const sleeping = "select from pg_stat_activity where state = 'active' and query like 'select pg_sleep%'";
const folder = temporaryFolder();
const servers: LabPostgres[] = [];
const pools: pg.Pool[] = [];
let primary: LabPostgres;

beforeAll(async () => {
  primary = await startPostgres({ folder: join(folder, 'primary'), engine: 'postgresql' });
  await poolOf(primary).query('create table kept as select generate_series(1, 1000) as n');
});
afterEach(async () => {
  await Promise.all(pools.splice(0).map(endPool));
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});
afterAll(() => primary?.stop());

async function standby(name: string, settings: Readonly<Record<string, string>> = {}): Promise<LabPostgres> {
  const server = await startPostgresStandby({ folder: join(folder, name), primary, settings });
  servers.push(server);
  return server;
}

function poolOf(server: LabPostgres): pg.Pool {
  const pool = new pg.Pool({ connectionString: server.connectionString, max: 2 });
  pool.on('error', () => {});
  pools.push(pool);
  return pool;
}

describe('a guarded pool of a real standby', () => {
  it('says of a server that is not open yet that it is starting, by ping and by call', async () => {
    const adapter = pgPool(poolOf(await standby('closed', { hot_standby: 'off' })));
    expect(await ping(adapter)).toMatchObject({ kind: 'starting', outcomeUnknown: false });
    const answer = await call(adapter, (db) => db.query('select 1'));
    expect(answer).toMatchObject({ kind: 'starting', outcomeUnknown: false, error: { code: '57P03' } });
  });

  it('reads, and says of a write that this is not the primary, until the standby is promoted', async () => {
    const server = await standby('promoted');
    const pool = poolOf(server);
    const adapter = pgPool(pool);
    expect(await call(adapter, (db) => db.query('select count(*) from kept'))).toMatchObject({
      ended: 'answered',
    });
    const refused = await call(adapter, (db) => db.query('insert into kept values (0)'));
    expect(refused).toMatchObject({ kind: 'not-primary', outcomeUnknown: false, error: { code: '25006' } });
    await pool.query('select pg_promote()');
    expect(await call(adapter, (db) => db.query('insert into kept values (0)'))).toMatchObject({
      ended: 'answered',
    });
  });

  it('says of a query that was in the way of the replay that its caller may repeat it', async () => {
    const server = await standby('replaying', { max_standby_streaming_delay: '0' });
    const pool = poolOf(server);
    const adapter = pgPool(pool);
    const person = poolOf(primary);
    const reading = call(
      adapter,
      (db) =>
        db.withClient(async (client) => {
          await client.query('begin isolation level repeatable read');
          await client.query('select count(*) from kept');
          // One statement, of the snapshot that the replay cannot wait for: between two it would end the session.
          await client.query('select pg_sleep(600)');
        }),
      50_000,
    );
    await waitFor(async () => (await pool.query(sleeping)).rowCount === 1, { what: 'the reader to read' });
    await person.query('delete from kept where n > 10');
    await person.query('vacuum kept');
    const conflict = await reading;
    expect(conflict).toMatchObject({ ended: 'failed', kind: 'caller', error: { code: '40001' } });
    expect(await call(adapter, (db) => db.query('select 1'))).toMatchObject({ ended: 'answered' });
  });
});
