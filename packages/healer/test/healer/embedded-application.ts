// An application with a healer inside, as a process of its own: `node embedded-application.ts FOLDER PORT`.
// It queries a real PostgreSQL all the time, and says what it is on its output, a line of JSON at a time.
import { join } from 'node:path';
import { attach } from '@prunella/guard';
import { pgPool } from '@prunella/guard/pg';
import { Pool } from 'pg';
import { startHealer } from '../../src/healer/start-healer.ts';
import { fileBackend } from './file-backend.ts';

const [folder = '', connectionString = ''] = process.argv.slice(2);

const healer = await startHealer({
  configurationFile: join(folder, 'prunella.yaml'),
  server: false,
  backends: [fileBackend(folder)],
  reporting: { service: 'actioner', host: 'app1', inTests: true },
  onEvent: (event) => say(event.type === 'fault' ? { ...event, error: String(event.error) } : event),
});

const pool = new Pool({ connectionString, connectionTimeoutMillis: 500 });
pool.on('error', () => {});
const database = attach(pgPool(pool), {
  resource: 'postgres/main',
  deadlineMs: 500,
  breaker: { consecutive: 2, openForMs: 200 },
  reconnect: { baseMs: 50, capMs: 300 },
});

setInterval(() => {
  void database.tryRun((client) => client.query('select 1'));
}, 50);
say({ type: 'role', role: healer.role, socket: healer.socket });

function say(line: unknown): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
