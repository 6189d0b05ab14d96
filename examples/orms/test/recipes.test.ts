import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FaultError } from '@prunella/guard';
import { endPool, type LabPostgres, startPostgres, waitFor } from '@prunella/labs';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { drizzleMonitors } from '../src/drizzle.ts';
import { knexMonitors } from '../src/knex.ts';
import type { Monitors } from '../src/monitors.ts';
import { typeormMonitors } from '../src/typeorm.ts';

const folder = mkdtempSync(join(tmpdir(), 'prunella-orms-'));
chmodSync(folder, 0o755);
let server: LabPostgres;

beforeAll(async () => {
  server = await startPostgres({ folder, engine: 'postgresql' });
  const client = new pg.Client({ connectionString: server.connectionString });
  await client.connect();
  await client.query('create table monitors (id text primary key, failcount int not null)');
  await client.end();
});
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

const recipes: readonly [string, (pool: pg.Pool) => Monitors | Promise<Monitors>][] = [
  ['Drizzle', drizzleMonitors],
  ['Knex', knexMonitors],
  ['TypeORM', typeormMonitors],
];

/** Somewhere in what was thrown is an error with this code: ORMs wrap. */
function codesOf(thrown: unknown): unknown[] {
  const codes: unknown[] = [];
  for (let error = thrown; typeof error === 'object' && error !== null; ) {
    codes.push(Reflect.get(error, 'code'));
    error = Reflect.get(error, 'cause') ?? Reflect.get(error, 'driverError');
  }
  return codes;
}

async function thrownBy(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.unreachable('it was expected to fail'),
    (error: unknown) => error,
  );
}

describe.each(recipes)('%s over a guarded pool', (name, open) => {
  const id = (of: string) => `${name}/${of}`;
  let pool: pg.Pool;
  let monitors: Monitors;
  const faults: string[] = [];

  beforeEach(async () => {
    pool = new pg.Pool({ connectionString: server.connectionString, max: 2, connectionTimeoutMillis: 2_000 });
    monitors = await open(pool);
    faults.length = 0;
    monitors.guard.on('fault', ({ fault, counted }) => {
      if (counted) faults.push(fault.kind);
    });
  });
  afterEach(async () => {
    await monitors.guard.detach();
    await endPool(pool);
  });

  it('reads, writes, and keeps all or nothing of a transaction', async () => {
    await monitors.add({ id: id('one'), failcount: 1 });
    expect(await monitors.find(id('one'))).toMatchObject({
      value: { id: id('one'), failcount: 1 },
      cacheOnly: false,
    });
    const twice = { id: id('two'), failcount: 2 };
    const conflict = await thrownBy(monitors.addAll([twice, twice]));
    expect(codesOf(conflict)).toContain('23505');
    expect(await monitors.find(id('two'))).toMatchObject({ value: null });
    await monitors.addAll([twice]);
    expect(await monitors.find(id('two'))).toMatchObject({ value: { failcount: 2 } });
    expect([monitors.guard.condition, faults]).toEqual(['ok', []]);
  });

  it('ends queries that miss the deadline, says so, and does not starve the pool', async () => {
    const late = await Promise.all(Array.from({ length: 6 }, () => thrownBy(monitors.wait(600))));
    // At least the first two ran at the server; who waited for them all the time blames nobody else.
    const kinds = late.map((thrown) => faultWithin(thrown)?.kind);
    expect(kinds.filter((kind) => kind === 'timeout').length).toBeGreaterThanOrEqual(2);
    expect(kinds.filter((kind) => kind !== 'timeout' && kind !== 'local')).toEqual([]);
    // So many may have opened the breaker: then at the next ping.
    await waitFor(async () => !(await monitors.find(id('none'))).cacheOnly, { what: 'the guard to recover' });
    const running = "select from pg_stat_activity where query like '%pg_sleep%' and pid <> pg_backend_pid()";
    await waitFor(async () => (await pool.query(running)).rowCount === 0, {
      what: 'the server to have stopped them',
    });
  });

  it('answers from the cache while the database is gone, says why, and comes back', async () => {
    await monitors.add({ id: id('kept'), failcount: 3 });
    await monitors.find(id('kept'));
    server.kill('SIGKILL');
    await waitFor(() => pool.totalCount === 0, { what: "the server's sessions to be gone" });
    const meanwhile = await monitors.find(id('kept'));
    expect(meanwhile).toMatchObject({ value: { failcount: 3 }, cacheOnly: true });
    expect(meanwhile.reason?.kind).toBe('unreachable');
    expect(new Set(faults)).toEqual(new Set(['unreachable']));
    await thrownBy(monitors.add({ id: id('lost'), failcount: 0 }));
    await waitFor(() => server.restart().then(() => true), { what: 'the server to start again' });
    await waitFor(async () => !(await monitors.find(id('kept'))).cacheOnly, { what: 'the guard to recover' });
    await monitors.add({ id: id('after'), failcount: 0 });
    expect(await monitors.find(id('lost'))).toMatchObject({ value: null });
  });
});

function faultWithin(thrown: unknown): FaultError | undefined {
  for (let error = thrown; typeof error === 'object' && error !== null; ) {
    if (error instanceof FaultError) return error;
    error = Reflect.get(error, 'cause') ?? Reflect.get(error, 'driverError');
  }
  return undefined;
}
