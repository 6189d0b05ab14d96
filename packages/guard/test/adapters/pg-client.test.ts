import { type LabPostgres, startPostgres, waitFor } from '@prunella/labs';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type PgHandle, pgClient } from '../../src/adapters/pg/index.ts';
import { begins, call, ping, restartAfterKill, temporaryFolder, unhandledDuring } from './call.ts';

const folder = temporaryFolder();
let server: LabPostgres;
const clients: pg.Client[] = [];

beforeAll(async () => {
  server = await startPostgres({ folder, engine: 'postgresql' });
});
afterAll(() => server?.stop());
afterEach(() => Promise.all(clients.splice(0).map((client) => client.end())));

async function connected(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: server.connectionString });
  await client.connect();
  clients.push(client);
  return client;
}

describe('a guarded single client of node-postgres', () => {
  it('is still usable after a query missed its deadline: that query is cancelled, no other', async () => {
    const client = await connected();
    const adapter = pgClient(client);
    const slow = call(adapter, (db) => db.query('select pg_sleep(600)'), 200);
    const next = call(adapter, (db) => db.query('select 1 as one from pg_sleep(0.2)'));
    expect(await slow).toEqual({ ended: 'deadline', local: false });
    expect(await next).toMatchObject({ ended: 'answered', value: { rows: [{ one: 1 }] } });
  });

  it('ends no process by what was begun and not yet awaited when the deadline came', async () => {
    const adapter = pgClient(await connected());
    const unhandled = await unhandledDuring(async () => {
      const late = begins((db: PgHandle) => db.query('select pg_sleep(600)'));
      expect(await call(adapter, late, 200)).toEqual({ ended: 'deadline', local: false });
      expect(await call(adapter, (db) => db.query('select 1'))).toMatchObject({ ended: 'answered' });
    });
    expect(unhandled).toEqual([]);
  });

  it('calls it local to wait behind a call that is in time', async () => {
    const adapter = pgClient(await connected());
    const holder = await connected();
    await holder.query('select pg_advisory_lock(1)');
    const first = call(adapter, (db) => db.query('select pg_advisory_lock(1)'));
    const second = await call(adapter, (db) => db.query('select 1'), 100);
    expect(second).toEqual({ ended: 'deadline', local: true });
    await holder.query('select pg_advisory_unlock(1)');
    expect(await first).toMatchObject({ ended: 'answered' });
  });

  it('rolls back what withClient left open, and stops a function that goes on after its deadline', async () => {
    const client = await connected();
    const adapter = pgClient(client);
    await client.query('create temporary table paid (id int)');
    let goOn = (): void => {};
    const later = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let rest: Promise<unknown> | undefined;
    let paid = (): void => {};
    const isPaid = new Promise<void>((resolve) => {
      paid = resolve;
    });
    const late = await call(
      adapter,
      (db) =>
        db.withClient(async (own) => {
          await own.query('begin');
          await own.query('insert into paid values (1)');
          paid();
          await later;
          rest = own.query('insert into paid values (2)');
          await rest;
        }),
      isPaid,
    );
    expect(late).toEqual({ ended: 'deadline', local: true });
    goOn();
    await waitFor(() => rest !== undefined, { what: 'the function to go on' });
    await expect(rest).rejects.toMatchObject({ code: 'PRUNELLA_CALL_ENDED' });
    const left = await call(adapter, (db) => db.query('select count(*)::int as n from paid'));
    expect(left).toMatchObject({ ended: 'answered', value: { rows: [{ n: 0 }] } });
  });

  it('tells of its loss, and goes on with the client that replaces it', async () => {
    let current = await connected();
    const adapter = pgClient(() => current);
    const faults: unknown[] = [];
    const stop = adapter.watch?.((error) => faults.push(error));
    server.kill('SIGKILL');
    await waitFor(() => faults.length > 0, { what: 'the client to tell that it is lost' });
    expect(faults.map((fault) => adapter.classify(fault).kind)).toContain('unreachable');
    expect(await call(adapter, (db) => db.query('select 1'))).toMatchObject({
      ended: 'failed',
      kind: 'unreachable',
    });
    expect(await ping(adapter)).toMatchObject({ kind: 'unreachable' });
    await restartAfterKill(server);
    const lost = current;
    current = await connected();
    expect(await call(adapter, (db) => db.query('select 1'))).toMatchObject({ ended: 'answered' });
    expect(await ping(adapter)).toBe('passed');
    stop?.();
    expect([lost.listenerCount('error'), current.listenerCount('error')]).toEqual([0, 0]);
  });
});
