// An application with the healer inside: `node embedded-application.ts CONFIGURATION CONNECTION`. Says who it is,
// and each change of what it sees, a line of JSON at a time.
import { setTimeout as delay } from 'node:timers/promises';
import { attach } from '@prunella/guard';
import { pgPool } from '@prunella/guard/pg';
import pg from 'pg';
import { startHealer } from '../../src/healer/start-healer.ts';

export type EmbeddedTold =
  | { readonly type: 'role'; readonly role: string; readonly socket: string | null }
  | { readonly type: 'condition'; readonly condition: string };

const [configurationFile = '', connectionString = ''] = process.argv.slice(2);

const healer = await startHealer({
  configurationFile,
  server: false,
  reporting: { service: 'actioner', host: 'app1', inTests: true },
  onEvent: (event) => {
    if (event.type === 'role') tell({ type: 'role', role: event.role, socket: healer.socket });
  },
});
tell({ type: 'role', role: healer.role, socket: healer.socket });

const pool = new pg.Pool({ connectionString, connectionTimeoutMillis: 1_000 });
pool.on('error', () => {});
// The holder has just started the database for the first time; the test's playbook would not wait for that.
while (!(await answers())) await delay(100);
const guard = attach(pgPool(pool), {
  resource: 'postgres/main',
  deadlineMs: 1_000,
  breaker: { consecutive: 2, openForMs: 200 },
  reconnect: { baseMs: 50, capMs: 300 },
});
guard.on('condition', ({ condition }) => tell({ type: 'condition', condition }));
setInterval(() => void guard.tryRun((database) => database.query('select 1')), 100);

async function answers(): Promise<boolean> {
  return pool.query('select 1').then(
    () => true,
    () => false,
  );
}

function tell(told: EmbeddedTold): void {
  process.stdout.write(`${JSON.stringify(told)}\n`);
}
