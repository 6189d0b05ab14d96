import { execFile, execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { findBinary, postgresFolders } from './find-binary.ts';
import { freePort } from './ports.ts';
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
    command: await preparePostgres({ folder, port, engine }),
    serves: () => postgresAnswers(connectionString),
  });
  return Object.assign(service, { connectionString });
}

/** Makes the data folder ready, and gives the command that serves it: for another supervisor than this one. */
export async function preparePostgres(
  options: Required<Pick<PostgresOptions, 'folder' | 'port'>> & Pick<PostgresOptions, 'engine'>,
): Promise<LabCommand> {
  const folder = resolve(options.folder);
  mkdirSync(folder, { recursive: true });
  return options.engine === 'postgresql'
    ? preparePostgresql(folder, options.port)
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

async function preparePostgresql(folder: string, port: number): Promise<LabCommand> {
  const initdb = findBinary('initdb', postgresFolders());
  const postgres = findBinary('postgres', postgresFolders());
  if (initdb === null || postgres === null) {
    throw new Error(
      "PostgreSQL's own binaries (initdb, postgres) are neither on the PATH nor in /usr/lib/postgresql: " +
        "install the package `postgresql`, or use the engine 'pglite'",
    );
  }
  const user = unprivilegedUser();
  const data = join(folder, 'data');
  if (user !== undefined) {
    mustBeReachable(folder);
    chownSync(folder, user.uid, user.gid);
  }
  if (!existsSync(join(data, 'PG_VERSION'))) {
    const args = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'];
    await promisify(execFile)(initdb, args, { cwd: folder, ...(user ?? {}) });
  }
  const serverArgs = ['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', ''];
  return { command: postgres, args: serverArgs, ...(user === undefined ? {} : { user }) };
}

/** PostgreSQL refuses to run as root. */
function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) =>
        Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // No such user; the next one is on every system.
    }
  }
  throw new Error('PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody`');
}

function mustBeReachable(folder: string): void {
  for (let parent = dirname(folder); ; parent = dirname(parent)) {
    if ((statSync(parent).mode & 0o001) === 0) {
      throw new Error(
        `PostgreSQL runs as another user than root and cannot reach ${folder}: ${parent} is closed to others; ` +
          'choose a folder directly below the one for temporary files',
      );
    }
    if (parent === dirname(parent)) return;
  }
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
