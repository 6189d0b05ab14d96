import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { findBinary, postgresFolders } from './find-binary.ts';
import { freePort } from './ports.ts';
import { fastShutdown, preparePostgresql } from './postgresql-server.ts';
import { type LabCommand, type LabService, startService } from './service.ts';

export interface PostgresOptions {
  /** Holds data and log; made where it is missing. Data outlives a kill and a restart. */
  readonly folder: string;
  /** Default: a free one. */
  readonly port?: number;
  /**
   * `pglite` (default): PostgreSQL's own engine in one process, from npm, no installation.
   * `postgresql`: the machine's own binaries, from the PATH or /usr/lib/postgresql.
   */
  readonly engine?: 'pglite' | 'postgresql';
  /** The server's settings, such as `{ max_connections: '5' }`. Engine `postgresql` only. */
  readonly settings?: Readonly<Record<string, string>>;
  /**
   * An empty folder that becomes a disk of 2 MB for this server, for a tablespace that is soon full. It is there
   * for the server alone and goes with it. Engine `postgresql` only, and only where `canHaveSmallDisk()`.
   */
  readonly smallDisk?: string;
}

export interface LabPostgres extends LabService {
  /** `postgresql://postgres@127.0.0.1:PORT/postgres`; any password is taken. */
  readonly connectionString: string;
}

const connectionsAtMost = 50;

export async function startPostgres(options: PostgresOptions): Promise<LabPostgres> {
  const folder = resolve(options.folder);
  const port = options.port ?? (await freePort());
  const engine = options.engine ?? 'pglite';
  const connectionString = `postgresql://postgres@127.0.0.1:${port}/postgres`;
  const service = await startService({
    name: engine,
    folder,
    port,
    command: await preparePostgres({ ...options, folder, port, engine }),
    ...(engine === 'postgresql' && { hasteSignal: fastShutdown }),
    serves: () => postgresAnswers(connectionString),
  });
  return Object.assign(service, { connectionString });
}

/** Makes the data folder ready, and gives the command that serves it: for another supervisor than this one. */
export async function preparePostgres(
  options: PostgresOptions & Required<Pick<PostgresOptions, 'port'>>,
): Promise<LabCommand> {
  const folder = resolve(options.folder);
  mkdirSync(folder, { recursive: true });
  return options.engine === 'postgresql'
    ? preparePostgresql({ ...options, folder })
    : pgliteCommand(folder, options.port);
}

/** True where the machine has PostgreSQL's own binaries. */
export function hasPostgresql(): boolean {
  return findBinary('initdb', postgresFolders()) !== null;
}

function pgliteCommand(folder: string, port: number): LabCommand {
  const entry = fileURLToPath(import.meta.resolve('@electric-sql/pglite-socket'));
  return {
    command: process.execPath,
    args: [
      join(dirname(entry), 'scripts', 'server.js'),
      `--db=${join(folder, 'data')}`,
      '--host=127.0.0.1',
      `--port=${port}`,
      `--max-connections=${connectionsAtMost}`,
    ],
  };
}

/** Resolves with true where a PostgreSQL answers a query there within about a second; else rejects with why. */
export async function postgresAnswers(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 1_000, query_timeout: 1_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } finally {
    await client.end().catch(() => {});
  }
}
