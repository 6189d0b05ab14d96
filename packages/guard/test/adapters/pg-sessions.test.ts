import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type LabPostgres, startPostgres, startPostgresStandby, waitFor } from '@prunella/labs';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findRow } from '../../src/adapters/classification/classify.ts';
import { factsWithin } from '../../src/adapters/classification/error-facts.ts';
import { pgRows } from '../../src/adapters/pg/rows.ts';
import { restartAfterKill, temporaryFolder } from './call.ts';

const folder = temporaryFolder();
const clients: pg.Client[] = [];
const servers: LabPostgres[] = [];
let server: LabPostgres;

beforeAll(async () => {
  server = await startPostgres({ folder: join(folder, 'primary'), engine: 'postgresql' });
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.end().catch(() => {})));
  await Promise.all(servers.splice(0).map((each) => each.stop()));
});
afterAll(() => server?.stop());

async function connected(to = server, database = 'postgres') {
  const client = new pg.Client({ host: '127.0.0.1', port: to.port, user: 'postgres', database });
  const told: (string | undefined)[] = [];
  client.on('error', (error) => told.push(rowOf(error)));
  clients.push(client);
  await client.connect();
  return { client, told, ended: () => waitFor(() => told[0], { what: 'the session to be ended' }) };
}

async function following(settings: Readonly<Record<string, string>>): Promise<LabPostgres> {
  const standby = await startPostgresStandby({ folder: join(folder, 'standby'), primary: server, settings });
  servers.push(standby);
  return standby;
}

function rowOf(error: unknown): string | undefined {
  return findRow(pgRows, factsWithin(error))?.name;
}

describe('sessions that a real server ends', () => {
  it('an idle session, and one idle in its transaction', async () => {
    const idle = await connected();
    await idle.client.query("set idle_session_timeout = '20ms'");
    expect(await idle.ended()).toBe('idle-session-ended');
    const open = await connected();
    await open.client.query("set idle_in_transaction_session_timeout = '20ms'");
    await open.client.query('begin');
    expect(await open.ended()).toBe('idle-transaction-ended');
  });

  it('a standby ends who is idle in a transaction in the way of its replay', async () => {
    const { client: person } = await connected();
    await person.query('create table seen as select generate_series(1, 1000) as n');
    const standby = await following({ max_standby_streaming_delay: '0' });
    const reader = await connected(standby);
    await reader.client.query('begin isolation level repeatable read');
    await reader.client.query('select count(*) from seen');
    await person.query('delete from seen where n > 10');
    await person.query('vacuum seen');
    expect(await reader.ended()).toBe('recovery-conflict-ended');
  });

  it('a standby ends the sessions of a database that is dropped', async () => {
    const { client: person } = await connected();
    await person.query('create database short_lived');
    await rm(join(folder, 'standby'), { recursive: true, force: true });
    const standby = await following({});
    const reader = await connected(standby, 'short_lived');
    await person.query('drop database short_lived');
    expect(await reader.ended()).toBe('database-dropped');
  });

  it('a statement that is prepared twice costs its client', async () => {
    const { client } = await connected();
    await client.query('prepare twice as select 1');
    expect(await client.query('prepare twice as select 1').catch(rowOf)).toBe('prepared-twice');
  });

  it('a file of a table that is lost is corrupt', async () => {
    const { client } = await connected();
    await client.query('create table lost as select generate_series(1, 2000) as n');
    const { rows } = await client.query("select pg_relation_filepath('lost') as path");
    await client.query('checkpoint');
    await client.end();
    await server.stop();
    await rm(join(folder, 'primary', 'data', rows[0].path));
    await restartAfterKill(server);
    const { client: later } = await connected();
    expect(await later.query('select sum(n) from lost').catch(rowOf)).toBe('file-lost');
  });
});
