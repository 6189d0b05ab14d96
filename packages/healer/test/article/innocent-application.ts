// An application whose faults are its own: `node innocent-application.ts CONNECTION HEALER TROUBLE`. Says each
// fault that its guard counts or not, and each success, a line of JSON at a time; SIGTERM: goodbye.
import { setTimeout as delay } from 'node:timers/promises';
import { attach, configureReporting, type Guard, sayGoodbye } from '@prunella/guard';
import { type PgHandle, pgPool } from '@prunella/guard/pg';
import pg from 'pg';
import type { InnocentTold, Trouble } from './innocent-trouble.ts';

const [connectionString = '', healer = '', trouble = 'none'] = process.argv.slice(2);
const everyMs = 20;
const deadlineMs = 300;

configureReporting({
  service: 'actioner',
  host: 'app1',
  healer,
  heartbeatSickMs: 200,
  heartbeatOkMs: 500,
  inTests: true,
});
const pool = new pg.Pool({ connectionString, max: 1, connectionTimeoutMillis: 2_000 });
pool.on('error', () => {});
const guard: Guard<PgHandle> = attach(pgPool(pool), {
  resource: 'postgres/main',
  deadlineMs,
  breaker: { consecutive: 2, openForMs: 200 },
  reconnect: { baseMs: 50, capMs: 300 },
});
guard.on('fault', ({ fault, counted }) => tell({ at: Date.now(), type: 'fault', kind: fault.kind, counted }));

const troubles: Readonly<Record<Trouble, () => Promise<unknown>>> = {
  none: () => select(),
  'bad query': () => guard.tryRun((database) => database.query('select nonsense')),
  // What lies there already after a block is still taken; so these answers come late by themselves.
  'event loop blocked': async () => {
    const answered = guard.tryRun((database) => database.query('select pg_sleep(0.4)'));
    await delay(1);
    const until = performance.now() + deadlineMs / 2;
    while (performance.now() < until);
    await answered;
  },
  'own pool starved': async () => {
    const held = await pool.connect();
    await Promise.all([select(), select(), select()]);
    held.release();
  },
  'deadlines missed under a starved pool': () =>
    Promise.all([guard.tryRun((database) => database.query('select pg_sleep(5)')), select(), select()]),
};

async function select(): Promise<void> {
  const { ok } = await guard.tryRun((database) => database.query('select 1'));
  if (ok) tell({ at: Date.now(), type: 'success' });
}

process.once('SIGTERM', () => void sayGoodbye().then(() => process.exit(0)));
await select();
for (;;) {
  await troubles[trouble as Trouble]();
  await delay(everyMs);
}

function tell(told: InnocentTold): void {
  process.stdout.write(`${JSON.stringify(told)}\n`);
}
