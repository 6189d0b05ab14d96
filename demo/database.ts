import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, preparePostgres, waitFor } from '@prunella/labs';
import pg from 'pg';

/** A real PostgreSQL (PGlite's server, data on disk) that somebody else starts and restarts. */
export interface DemoDatabase {
  readonly port: number;
  readonly connectionString: string;
  readonly folder: string;
  readonly command: readonly [string, ...string[]];
  /** Where its configuration is applied to. */
  readonly settingsFile: string;
  ready(): Promise<void>;
  pid(): Promise<number>;
  kill(signal: 'SIGKILL' | 'SIGSTOP'): Promise<number>;
  /** From now on (or no more) the server refuses to start, so that a restart repairs nothing. */
  refuseToStart(refuse: boolean): Promise<void>;
  readonly refusesToStart: boolean;
  /** Ids of the results that reached the database. */
  history(): Promise<ReadonlySet<string>>;
}

/**
 * Says its process id, then becomes the server: whoever supervises it, the demo knows whom to kill. A file, since
 * not every service manager takes a command of several lines.
 */
const launcher = `cd "$(dirname "$0")" || exit 1
if [ -e refuse-to-start ]; then echo 'refusing to start, as the demo was asked to'; exit 3; fi
echo $$ > pid && exec "$@"
`;

export async function createDatabase(folder: string): Promise<DemoDatabase> {
  const port = await freePort();
  const { command, args } = await preparePostgres({ folder, port });
  const connectionString = `postgresql://postgres@127.0.0.1:${port}/postgres`;
  const launcherFile = join(folder, 'launch.sh');
  await writeFile(launcherFile, launcher);
  const refusal = join(folder, 'refuse-to-start');
  const pid = async () => Number.parseInt(await readFile(join(folder, 'pid'), 'utf8'), 10);
  const query = async <Row extends pg.QueryResultRow>(text: string): Promise<readonly Row[]> => {
    const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2_000, query_timeout: 5_000 });
    client.on('error', () => {});
    try {
      await client.connect();
      return (await client.query<Row>(text)).rows;
    } finally {
      await client.end().catch(() => {});
    }
  };
  return {
    port,
    connectionString,
    folder,
    command: ['/bin/sh', launcherFile, command, ...args],
    settingsFile: join(folder, 'demo.conf'),
    ready: async () => {
      await waitFor(async () => (await query('select 1')).length === 1, { what: 'the database to answer' });
    },
    pid,
    kill: async (signal) => {
      const target = await pid();
      process.kill(target, signal);
      return target;
    },
    refuseToStart: (refuse) => (refuse ? writeFile(refusal, '') : rm(refusal, { force: true })),
    get refusesToStart() {
      return existsSync(refusal);
    },
    history: async () =>
      new Set((await query<{ result: string }>('select result from history')).map((row) => row.result)),
  };
}
