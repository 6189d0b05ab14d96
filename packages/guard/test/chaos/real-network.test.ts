import { attach, type Clock, type Guard } from '@prunella/guard';
import { type Chaos, chaos } from '@prunella/guard/chaos';
import { type PgHandle, pgPool } from '@prunella/guard/pg';
import {
  endPool,
  type FaultProxy,
  hasPostgresql,
  type LabPostgres,
  type NetworkFault,
  startFaultProxy,
  startPostgres,
  waitFor,
} from '@prunella/labs';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../adapters/call.ts';
import { ManualClock } from '../runtime/manual-clock.ts';

const folder = temporaryFolder();
const poolSize = 4;
let postgres: LabPostgres;
let proxy: FaultProxy;
let pool: pg.Pool;
let faults: Chaos<PgHandle>;
let guard: Guard<PgHandle>;

beforeAll(async () => {
  postgres = await startPostgres({ folder, engine: hasPostgresql() ? 'postgresql' : 'pglite' });
  proxy = await startFaultProxy({ targetPort: postgres.port });
});

afterAll(async () => {
  await proxy?.stop();
  await postgres?.stop();
});

beforeEach(async () => {
  await proxy.normal();
  const where = { host: '127.0.0.1', port: proxy.port, user: 'postgres', database: 'postgres' };
  pool = new pg.Pool({ ...where, max: poolSize, connectionTimeoutMillis: 5_000 });
  pool.on('error', () => {});
  faults = chaos(pgPool(pool), { seed: 11 });
});

function attached(clock?: Clock): void {
  guard = attach(faults, {
    resource: 'postgres/main',
    deadlineMs: 1_000,
    breaker: { consecutive: 1_000 },
    reconnect: { baseMs: 20, capMs: 200 },
    ...(clock !== undefined && { clock }),
  });
}

afterEach(async () => {
  await guard.detach();
  await proxy.normal();
  await endPool(pool);
});

const select = (db: PgHandle) => db.query<{ one: number }>('SELECT 1 AS one');

const networks: readonly [string, string | null, NetworkFault][] = [
  ['resets connections', 'unreachable', { kind: 'reset' }],
  ['swallows everything', 'timeout', { kind: 'black-hole' }],
  ['drips answers', 'timeout', { kind: 'slow-drip', bytes: 1, everyMs: 300 }],
  ['ends what the server says', 'unreachable', { kind: 'half-close' }],
  ['is slow', null, { kind: 'latency', latencyMs: 20, jitterMs: 20 }],
];

describe('a guarded pool behind a network that', () => {
  test.each(networks)(
    '%s gives faults of kind %s by the deadline, and all of its clients back',
    async (_name, kind, fault) => {
      const clock = new ManualClock();
      attached(clock);
      await Promise.all(Array.from({ length: poolSize }, () => guard.run(select)));
      proxy.fault(fault, fault.kind === 'reset' ? 'both' : 'to-client');
      const calls = Array.from({ length: poolSize * 2 }, () => guard.tryRun(select));
      if (kind === 'timeout') await clock.advance(1_010);
      const outcomes = await Promise.all(calls);
      const kinds = new Set(outcomes.map((outcome) => (outcome.ok ? null : outcome.fault.kind)));
      // Those that waited for a client all the time have their own pool to thank.
      kinds.delete('local');
      expect([...kinds]).toEqual([kind]);
      await proxy.normal();
      await waitFor(async () => (await guard.tryRun(select)).ok, { what: 'the first answer' });
      const all = await Promise.all(Array.from({ length: poolSize }, () => guard.run(select)));
      expect(all.map(({ rows }) => rows[0]?.one)).toEqual(new Array(poolSize).fill(1));
      expect(pool.waitingCount).toBe(0);
    },
  );
});

test('says of every write what became of it, whatever the network and chaos do', async () => {
  attached();
  await guard.run((db) => db.query('CREATE TABLE IF NOT EXISTS written (id int)'));
  faults.follow({
    faults: { unreachable: 0.1, overloaded: 0.05 },
    hang: 0.03,
    outcomeUnknown: 0.5,
    jitterMs: 4,
  });
  const networkFaults: readonly (NetworkFault | null)[] = [
    null,
    { kind: 'reset', afterBytes: 900 },
    null,
    { kind: 'latency', latencyMs: 3, jitterMs: 10 },
    { kind: 'reset' },
    null,
  ];
  const known = new Map<number, 'made' | 'not made'>();
  let next = 0;
  const writer = async () => {
    for (let id = next++; id < 360; id = next++) {
      if (id % 60 === 0) proxy.fault(networkFaults[id / 60] ?? null);
      const outcome = await guard.tryRun((db) => db.query('INSERT INTO written VALUES ($1)', [id]));
      if (outcome.ok) known.set(id, 'made');
      else if (!outcome.fault.outcomeUnknown) known.set(id, 'not made');
    }
  };
  await Promise.all(Array.from({ length: poolSize }, writer));
  faults.calm();
  await proxy.normal();
  await waitFor(async () => (await guard.tryRun(select)).ok, { what: 'the first answer' });
  const { rows } = await guard.run((db) => db.query<{ id: number }>('SELECT id FROM written'));
  const there = new Set(rows.map(({ id }) => id));
  const wrong = [...known].filter(([id, said]) => (said === 'made') !== there.has(id));
  expect(wrong).toEqual([]);
  expect([...known.values()].filter((said) => said === 'made').length).toBeGreaterThan(100);
  expect([...known.values()].filter((said) => said === 'not made').length).toBeGreaterThan(20);
});
