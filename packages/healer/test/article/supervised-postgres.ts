import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, postgresAnswers, preparePostgres } from '@prunella/labs';
import { stopProcessServices } from '../../src/backends/process/stop-services.ts';

/** A real PostgreSQL that the healer itself supervises, under the process backend. */
export interface SupervisedPostgres {
  readonly configurationFile: string;
  readonly connectionString: string;
  /** How often it was started. */
  launches(): Promise<number>;
  answers(): Promise<boolean>;
  /** Ends at once, without a checkpoint. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export interface SupervisedPostgresOptions {
  readonly engine: 'pglite' | 'postgresql';
  /** A restart is done when the server has lived this long. */
  readonly settle: string;
}

const playbook = {
  playbook: 'database',
  for: 'postgres/*',
  open: {
    after: '500ms',
    afterTimeoutOnly: '500ms',
    quorum: { hosts: 1 },
    confirm: { failures: 2, every: '200ms', timeout: '2s' },
    graceAfterStart: '0s',
  },
  ladder: [
    {
      action: 'process.restart',
      after: '500ms',
      every: '20s',
      autonomy: 'auto',
      deadline: '30s',
      window: '20s',
      soak: '500ms',
    },
  ],
};

export async function prepareSupervisedPostgres({
  engine,
  settle,
}: SupervisedPostgresOptions): Promise<SupervisedPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'prunella-supervised-'));
  // PostgreSQL does not run as root, and its user must reach its folder.
  await chmod(folder, 0o755);
  const port = await freePort();
  const data = join(folder, 'postgres');
  const { command, args, user } = await preparePostgres({ folder: data, port, engine });
  const asUser =
    user === undefined
      ? []
      : ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--'];
  const noted = `echo $$ >> ${join(folder, 'launches')}; exec "$@"`;
  const probe = { type: 'postgres', port, interval: '200ms', timeout: '2s' };
  const store = join(folder, 'store');
  const configuration = {
    store: { folder: store },
    resources: { 'postgres/main': { nodes: { db1: { target: 'database', probe } } } },
    backends: {
      process: {
        services: {
          database: { command: ['sh', '-c', noted, 'sh', ...asUser, command, ...args], folder, settle },
        },
      },
    },
    timing: { reportHeartbeat: '200ms', reportHeartbeatOk: '500ms', graceAfterStart: '0s' },
  };
  const configurationFile = join(folder, 'prunella.yaml');
  // JSON is YAML.
  await writeFile(configurationFile, JSON.stringify(configuration));
  await mkdir(join(folder, 'playbooks'));
  await writeFile(join(folder, 'playbooks', 'database.yaml'), JSON.stringify(playbook));
  const connectionString = `postgresql://postgres@127.0.0.1:${port}/postgres`;
  const pids = async () => {
    const text = await readFile(join(folder, 'launches'), 'utf8').catch(() => '');
    return text.split('\n').filter((line) => line !== '');
  };
  return {
    configurationFile,
    connectionString,
    launches: async () => (await pids()).length,
    answers: () => postgresAnswers(connectionString).catch(() => false),
    // SIGQUIT is PostgreSQL's way to end its children too; PGlite has none.
    kill: async () => {
      process.kill(Number((await pids()).at(-1)), engine === 'pglite' ? 'SIGKILL' : 'SIGQUIT');
    },
    stop: async () => {
      await stopProcessServices(join(store, 'process'));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
