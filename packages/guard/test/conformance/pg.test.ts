import { setTimeout as delay } from 'node:timers/promises';
import { pgClient, pgPool } from '@prunella/guard/pg';
import {
  endPool,
  type FaultProxy,
  hasPostgresql,
  type LabPostgres,
  startFaultProxy,
  startPostgres,
} from '@prunella/labs';
import pg from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { temporaryFolder } from '../adapters/call.ts';
import { describeConformance, proxiedServer } from './servers.ts';

const folder = temporaryFolder();
let postgres: LabPostgres;
let proxy: FaultProxy;
beforeAll(async () => {
  postgres = await startPostgres({ folder, engine: hasPostgresql() ? 'postgresql' : 'pglite' });
  proxy = await startFaultProxy({ targetPort: postgres.port });
}, 120_000);
afterAll(async () => {
  await proxy?.stop();
  await postgres?.stop();
});
const server = proxiedServer(() => proxy);
const where = () => ({ host: '127.0.0.1', port: proxy.port, user: 'postgres', database: 'postgres' });

describeConformance('a pool of node-postgres', {
  async lend() {
    const pool = new pg.Pool({ ...where(), max: 5, connectionTimeoutMillis: 2_000 });
    pool.on('error', () => {});
    return pool;
  },
  adapt: (pool: pg.Pool) => pgPool(pool),
  takeBack: (pool) => endPool(pool),
  call: (db) => db.query('SELECT 1'),
  mistake: (db) => db.query('SELEC 1'),
  slow: (db) => db.query('SELECT pg_sleep(60)'),
  breakClient: (db) => db.query('SELECT pg_terminate_backend(pg_backend_pid())'),
  useLent: (pool) => pool.query('SELECT 1'),
  server,
});

/** An application that replaces its one client when it is lost, as node-postgres asks of it. */
class KeptClient {
  current = new pg.Client(where());
  #isOver = false;

  async connect(): Promise<this> {
    const client = new pg.Client(where());
    client.on('error', () => this.#replace(client));
    client.on('end', () => this.#replace(client));
    await client.connect();
    this.current = client;
    return this;
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await this.current.end();
  }

  async #replace(lost: pg.Client): Promise<void> {
    if (lost !== this.current) return;
    while (!this.#isOver && lost === this.current) {
      await delay(20);
      await this.connect().catch(() => {});
    }
  }
}

describeConformance('a client of node-postgres', {
  lend: () => new KeptClient().connect(),
  adapt: (kept: KeptClient) => pgClient(() => kept.current),
  takeBack: (kept) => kept.end(),
  call: (db) => db.query('SELECT 1'),
  mistake: (db) => db.query('SELEC 1'),
  useLent: ({ current }) => current.query('SELECT 1'),
  server,
});
