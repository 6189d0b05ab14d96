import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attach } from '@prunella/guard';
import { pgPool } from '@prunella/guard/pg';
import { hasPostgresql, startPostgres } from '@prunella/labs';
import pg from 'pg';
import { type Contender, interleave, median, medianOfPairs, percentile } from '../measure.ts';
import { judged, type Row } from '../row.ts';

const clients = 8;
/** Short rounds, and many: what else runs on the machine then meets both of a pair alike. */
const queriesPerRound = 400;
const warmUpRounds = 10;
const text = 'select $1::int as number';
const values = [1];

interface PostgresFigures {
  readonly rows: readonly Row[];
  readonly condition: string;
}

/**
 * A guarded query beside the bare one, over the same pool of a real server; and beside what the least wrapper costs
 * that may reject with an error of its own, which is a promise around the query.
 */
export async function measurePostgres(rounds: number): Promise<PostgresFigures> {
  const engine = hasPostgresql() ? 'postgresql' : 'pglite';
  const folder = mkdtempSync(join(tmpdir(), 'prunella-bench-'));
  // Also where the run is interrupted.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const server = await startPostgres({ folder, engine });
  const pool = new pg.Pool({ connectionString: server.connectionString, max: clients });
  pool.on('error', () => {});
  try {
    const version = await pool.query<{ server_version: string }>('show server_version');
    const rows = await measurePool(pool, rounds);
    const named = engine === 'postgresql' ? "PostgreSQL's own server" : 'PGlite (no PostgreSQL found here)';
    return {
      rows,
      condition:
        `pool.query on ${named}, version ${version.rows[0]?.server_version ?? 'unknown'}: ${clients} callers` +
        ` over one pool of ${clients}, ${rounds} rounds of ${queriesPerRound} queries each; medians over pairs` +
        ' of rounds.',
    };
  } finally {
    await pool.end();
    await server.stop();
  }
}

async function measurePool(pool: pg.Pool, rounds: number): Promise<Row[]> {
  const guard = attach(pgPool(pool), { resource: 'postgres/bench', deadlineMs: 5_000 });
  const of = { bare: rounded(), wrapped: rounded(), guarded: rounded() };
  const bareQuery = () => pool.query(text, values);
  const measured = await interleave(
    {
      bare: queries(bareQuery, of.bare),
      wrapped: queries(() => wrapped(bareQuery), of.wrapped),
      guarded: queries(() => guard.run((handle) => handle.query(text, values)), of.guarded),
    },
    { rounds, warmUpRounds },
  );
  await guard.detach();
  const bareP99 = of.bare.p99s.slice(warmUpRounds);
  const guardedP99 = of.guarded.p99s.slice(warmUpRounds);
  const processor = (name: keyof typeof of) => of[name].processor.slice(warmUpRounds);
  const above = (left: number, right: number) => left - right;
  return [
    judged({
      figure: 'PostgreSQL: guarded pool.query, share of the bare throughput',
      ours: medianOfPairs(measured.guarded, measured.bare, (guarded, bare) => (100 * guarded) / bare),
      peer: median(measured.bare),
      peerName: 'bare pool.query, queries/s',
      bar: { rule: 'at least', value: 99, from: 'fixed' },
      unit: '%',
    }),
    judged({
      figure: 'PostgreSQL: guarded pool.query, p99 above the bare',
      ours: medianOfPairs(guardedP99, bareP99, above),
      peer: median(bareP99),
      peerName: 'bare pool.query, p99 whole',
      bar: { rule: 'at most', value: 50, from: 'fixed' },
      unit: 'µs',
    }),
    judged({
      figure: 'PostgreSQL: guarded pool.query, processor time above the bare',
      ours: medianOfPairs(processor('guarded'), processor('bare'), above),
      peer: medianOfPairs(processor('wrapped'), processor('bare'), above),
      peerName: `a promise around pool.query; the bare one takes ${median(processor('bare')).toFixed(1)}`,
      bar: null,
      unit: 'µs',
    }),
  ];
}

/** What is found in each round, in µs: the p99 of a query, and the processor time for one. */
interface Rounded {
  readonly p99s: number[];
  readonly processor: number[];
}

function rounded(): Rounded {
  return { p99s: [], processor: [] };
}

function wrapped(query: () => Promise<unknown>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    query().then(
      (value) => resolve(value),
      (error: unknown) => reject(error),
    );
  });
}

/** Answers with queries a second. */
function queries(query: () => Promise<unknown>, { p99s, processor }: Rounded): Contender {
  return async () => {
    const took: number[] = [];
    let left = queriesPerRound;
    const caller = async () => {
      while (left-- > 0) {
        const begunAt = performance.now();
        await query();
        took.push((performance.now() - begunAt) * 1_000);
      }
    };
    const processorBefore = process.threadCpuUsage();
    const begunAt = performance.now();
    await Promise.all(Array.from({ length: clients }, caller));
    const seconds = (performance.now() - begunAt) / 1_000;
    const { user, system } = process.threadCpuUsage(processorBefore);
    processor.push((user + system) / queriesPerRound);
    p99s.push(percentile(took, 99));
    return queriesPerRound / seconds;
  };
}
