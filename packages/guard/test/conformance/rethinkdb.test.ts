import {
  type RethinkdbHandle as ClassicHandle,
  rethinkdbClient as classicClient,
  rethinkdbConnection as classicConnection,
} from '@prunella/guard/rethinkdb';
import { rethinkdbClient, rethinkdbConnection, rethinkdbPool } from '@prunella/guard/rethinkdb-ts';
import { type LabService, startRethinkdb } from '@prunella/labs';
import classic from 'rethinkdb';
import { type Connection, type MasterPool, r } from 'rethinkdb-ts';
import { afterAll, beforeAll } from 'vitest';
import { temporaryFolder } from '../adapters/call.ts';
import { describeConformance, processServer } from './servers.ts';

const folder = temporaryFolder();
let rethinkdb: LabService;
beforeAll(async () => {
  rethinkdb = await startRethinkdb({ folder });
});
afterAll(() => rethinkdb?.stop());
const server = processServer(() => rethinkdb);
const where = () => ({ host: '127.0.0.1', port: rethinkdb.port });

describeConformance('a lent connection of rethinkdb-ts', {
  lend: () => r.connect({ ...where(), silent: true }),
  adapt: (connection: Connection) => rethinkdbClient(connection),
  takeBack: (connection) => connection.close({ noreplyWait: false }),
  call: (db) => db.run(r.expr(1)),
  mistake: (db) => db.run(r.table('nowhere')),
  useLent: (connection) => r.expr(1).run(connection),
  server,
});

describeConformance('an owned connection of rethinkdb-ts', {
  lend: async () => undefined,
  adapt: () => rethinkdbConnection(where(), r),
  takeBack: async () => undefined,
  call: (db) => db.run(r.expr(1)),
  mistake: (db) => db.run(r.table('nowhere')),
  server,
});

describeConformance('a pool of rethinkdb-ts', {
  lend: () => r.connectPool({ ...where(), silent: true, buffer: 2, max: 2, timeoutError: 50 }),
  adapt: (_pool: MasterPool) => rethinkdbPool(r),
  takeBack: (pool) => pool.drain(),
  call: (db) => db.run(r.expr(1)),
  mistake: (db) => db.run(r.table('nowhere')),
  useLent: () => r.expr(1).run(),
  server,
});

type ClassicConnection = Awaited<ReturnType<typeof classic.connect>>;

describeConformance('a lent connection of rethinkdb', {
  async lend() {
    const connection = await classic.connect(where());
    Reflect.get(connection, 'on').call(connection, 'error', () => {});
    return connection;
  },
  adapt: (connection: ClassicConnection) => classicClient(connection),
  takeBack: async (connection) => connection.close({ noreplyWait: false }),
  call: (db: ClassicHandle) => db.run(classic.expr(1)),
  mistake: (db) => db.run(classic.table('nowhere')),
  useLent: (connection) => classic.expr(1).run(connection),
  server,
});

describeConformance('an owned connection of rethinkdb', {
  lend: async () => undefined,
  adapt: () => classicConnection(where(), classic),
  takeBack: async () => undefined,
  call: (db: ClassicHandle) => db.run(classic.expr(1)),
  mistake: (db) => db.run(classic.table('nowhere')),
  server,
});
