import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { endPool, freePort, type LabPostgres, startPostgres, waitFor } from '@prunella/labs';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findRow } from '../../src/adapters/classification/classify.ts';
import { factsWithin } from '../../src/adapters/classification/error-facts.ts';
import { pgRows } from '../../src/adapters/pg/rows.ts';
import { temporaryFolder } from './call.ts';

const folder = temporaryFolder();
const clients: pg.Client[] = [];
let server: LabPostgres;
/** Takes connections and never says a word. */
let silent: Server;
let silentPort: number;

beforeAll(async () => {
  server = await startPostgres({ folder, engine: 'postgresql' });
  silentPort = await freePort();
  silent = createServer((socket) => socket.on('error', () => {}).resume());
  silent.listen(silentPort, '127.0.0.1');
  await once(silent, 'listening');
});
afterEach(() => Promise.all(clients.splice(0).map((client) => client.end().catch(() => {}))));
afterAll(async () => {
  silent?.close();
  await server?.stop();
});

async function connected(options: pg.ClientConfig = {}): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: server.connectionString, ...options });
  client.on('error', () => {});
  clients.push(client);
  await client.connect();
  return client;
}

async function pidOf(client: pg.Client): Promise<number> {
  return (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid ?? 0;
}

async function rowFor(promise: Promise<unknown>): Promise<string | undefined> {
  const error: unknown = await promise.then(
    () => expect.unreachable('it was expected to fail'),
    (reason: unknown) => reason,
  );
  return findRow(pgRows, factsWithin(error))?.name;
}

describe('what node-postgres itself says, provoked', () => {
  it('a pool that this process has ended', async () => {
    const pool = new pg.Pool({ connectionString: server.connectionString });
    await endPool(pool);
    expect(await rowFor(pool.query('select 1'))).toBe('own-pool-ended');
  });

  it('a client that this process has ended, before and during a query', async () => {
    const before = await connected();
    await before.end();
    expect(await rowFor(before.query('select 1'))).toBe('client-closed');
    const during = await connected();
    const running = rowFor(during.query('select pg_sleep(600)'));
    during.end().catch(() => {});
    expect(await running).toBe('terminated');
  });

  it('a server that takes the connection and says nothing', async () => {
    const where = { host: '127.0.0.1', port: silentPort, user: 'postgres', connectionTimeoutMillis: 100 };
    const pool = new pg.Pool(where);
    expect(await rowFor(pool.query('select 1'))).toBe('connect-timeout');
    await endPool(pool);
    expect(await rowFor(new pg.Client(where).connect())).toBe('connect-expired');
  });

  it('the query_timeout of the driver, which leaves the client wedged', async () => {
    const client = await connected({ query_timeout: 50 });
    expect(await rowFor(client.query('select pg_sleep(600)'))).toBe('query-timeout');
    expect(await rowFor(client.query('select 1'))).toBe('query-timeout');
  });

  it('a wrong use of the driver', async () => {
    const client = await connected();
    expect(await rowFor(client.query({} as never))).toBe('bad-query-object');
    expect(await rowFor(client.connect())).toBe('client-reused');
    expect(await rowFor(client.query('select 1', ['one too many']))).toBe('parameter-count');
    expect((await client.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
  });

  it('a session whose process was killed, and its client afterwards', async () => {
    const client = await connected();
    const pid = await pidOf(client);
    const running = rowFor(client.query('select pg_sleep(600)'));
    const person = await connected();
    const asleep = "select from pg_stat_activity where pid = $1 and wait_event = 'PgSleep'";
    await waitFor(async () => (await person.query(asleep, [pid])).rowCount === 1, {
      what: 'the query to run',
    });
    process.kill(pid, 'SIGKILL');
    expect(await running).toBe('terminated-unexpectedly');
    expect(await rowFor(client.query('select 1'))).toBe('client-broken');
  });
});
