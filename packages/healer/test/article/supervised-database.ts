import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { type SaltLab, type SupervisedService, startRethinkdb, waitFor } from '@prunella/labs';

/** The database of the article on the minion `db1`, where supervisor is the service manager. */
export interface SupervisedDatabase {
  readonly port: number;
  readonly service: SupervisedService;
  /** A file root whose highstate notes when it ran. */
  readonly states: string;
  /** When the highstate was applied on the minion, in ms since the Unix epoch. */
  highstates(): Promise<readonly number[]>;
  /** Highstates that began, also those that did not end. */
  highstatesBegun(): Promise<number>;
  launches(): Promise<readonly Launch[]>;
  /** From now on (or no more) the server ends as soon as it is started, so that a restart repairs nothing. */
  refuseToStart(refuse: boolean): Promise<void>;
  /** How long the next highstates take, beside Salt's own time. */
  slowDown(seconds: number): Promise<void>;
  kill(): Promise<void>;
  /** Starts it where it does not run, by hand, and forgets what happened until now. */
  reset(lab: SaltLab): Promise<void>;
}

export interface Launch {
  readonly at: number;
  readonly refused: boolean;
}

const launcher = `cd "$(dirname "$0")" || exit 1
if [ -e refuse-to-start ]; then echo "$(date +%s%3N) refused" >> launches; exit 3; fi
echo "$(date +%s%3N) started" >> launches
echo $$ > pid && exec "$@"
`;

/** A real rethinkdb where one is on the PATH, else the stand-in. */
export async function prepareDatabase(folder: string): Promise<SupervisedDatabase> {
  const place = join(folder, 'database');
  await mkdir(place, { recursive: true });
  const { command, port } = await commandOf(place);
  const launcherFile = join(place, 'launch.sh');
  await writeFile(launcherFile, launcher);
  const states = join(folder, 'states');
  await writeStates(states, place);
  const read = async (name: string) => {
    const text = await readFile(join(place, name), 'utf8').catch(() => '');
    return text.split('\n').filter((line) => line !== '');
  };
  const refusal = join(place, 'refuse-to-start');
  const kill = async () => process.kill(Number((await read('pid')).join('')), 'SIGKILL');
  return {
    port,
    service: {
      name: 'rethinkdb',
      minion: 'db1',
      command: '/bin/sh',
      parameters: [launcherFile, ...command],
      folder: place,
    },
    states,
    highstates: async () => (await read('highstates')).map(Number),
    highstatesBegun: async () => (await read('highstates-begun')).length,
    launches: async () => (await read('launches')).map(launchOf),
    refuseToStart: (refuse) => (refuse ? writeFile(refusal, '') : rm(refusal, { force: true })),
    slowDown: (seconds) => writeFile(join(place, 'slow'), String(seconds)),
    kill: async () => {
      await kill();
    },
    reset: async (lab) => {
      await rm(refusal, { force: true });
      await rm(join(place, 'slow'), { force: true });
      if (!(await takesConnections(port))) await lab.run('db1', 'service.start', ['rethinkdb']);
      await waitFor(async () => (await lab.service('rethinkdb')).state === 'RUNNING', {
        what: 'the service to run',
      });
      await waitFor(() => takesConnections(port), { what: 'the database to take connections' });
      for (const name of ['launches', 'highstates', 'highstates-begun']) {
        await rm(join(place, name), { force: true });
      }
    },
  };
}

/** Started once, to learn how: afterwards supervisor is the one that starts it. */
async function commandOf(folder: string): Promise<{ command: readonly string[]; port: number }> {
  const service = await startRethinkdb({ folder });
  await service.stop();
  const { command, args } = service.command;
  return { command: [command, ...args], port: service.port };
}

/** The minion's configuration: it cannot cure a dead process, as in the article. */
async function writeStates(states: string, place: string): Promise<void> {
  await mkdir(states, { recursive: true });
  const script = [
    `cd ${place}`,
    'date +%s%3N >> highstates-begun',
    'sleep $(cat slow 2>/dev/null || echo 0)',
    'date +%s%3N >> highstates',
  ].join(' && ');
  const state = { 'database-configuration': { 'cmd.run': [{ name: script }] } };
  await writeFile(join(states, 'top.sls'), `#!json\n${JSON.stringify({ base: { '*': ['database'] } })}\n`);
  await writeFile(join(states, 'database.sls'), `#!json\n${JSON.stringify(state)}\n`);
}

function launchOf(line: string): Launch {
  const [at = '', what = ''] = line.split(' ');
  return { at: Number(at), refused: what === 'refused' };
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
