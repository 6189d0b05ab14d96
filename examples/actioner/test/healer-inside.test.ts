import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, preparePostgres, waitFor } from '@prunella/labs';
import pg from 'pg';
import { stopProcessServices } from 'prunella';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Told } from '../src/tell.ts';
import { type Program, startProgram } from './processes.ts';

let folder: string;
let port: number;
const programs: Program<unknown>[] = [];

const playbook = `
playbook: restart
for: postgres/main
open: { after: 500ms, quorum: { hosts: 1 }, confirm: { failures: 2, every: 200ms, timeout: 500ms }, graceAfterStart: 0s }
ladder:
  - { action: process.restart, after: 1s, every: 5s, autonomy: auto, deadline: 10s, window: 10s, soak: 1s }
`;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prunella-embedded-'));
  port = await freePort();
  await mkdir(join(folder, 'playbooks'));
  await writeFile(join(folder, 'playbooks', 'restart.yaml'), playbook);
  const { command, args } = await preparePostgres({ folder: join(folder, 'postgres'), port });
  // Notes the pid, so that the test can kill it; each start adds a line.
  const noted = ['sh', '-c', `echo $$ >> ${join(folder, 'pids')}; exec "$@"`, 'sh', command, ...args];
  const configuration = {
    store: { folder: join(folder, 'store') },
    resources: {
      'postgres/main': {
        nodes: {
          db1: { target: 'database', probe: { type: 'postgres', port, interval: '500ms', timeout: '500ms' } },
        },
      },
    },
    backends: { process: { services: { database: { command: noted, folder, settle: '300ms' } } } },
    timing: { reportHeartbeat: '300ms', reportHeartbeatOk: '500ms', graceAfterStart: '0s' },
  };
  // JSON is YAML.
  await writeFile(join(folder, 'prunella.yaml'), JSON.stringify(configuration));
});

afterEach(async () => {
  for (const program of programs) program.kill('SIGKILL');
  await Promise.all(programs.splice(0).map((program) => program.ended));
  await stopProcessServices(join(folder, 'store', 'process'));
  await rm(folder, { recursive: true, force: true });
});

function start<Line>(name: string, args: readonly string[]): Program<Line> {
  const program = startProgram<Line>(name, args, { PRUNELLA_IN_TESTS: '1' });
  programs.push(program);
  return program;
}

function ofType<Type extends Told['type']>(program: Program<Told>, type: Type) {
  return program.lines.filter((line): line is Extract<Told, { type: Type }> => line.type === type);
}

async function databasePids(): Promise<readonly number[]> {
  const text = await readFile(join(folder, 'pids'), 'utf8');
  return text.trim().split('\n').map(Number);
}

async function inHistory(connectionString: string): Promise<number> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows } = await client.query('select count(*)::int as results from history');
    return rows[0].results;
  } finally {
    await client.end();
  }
}

it('three actioners with the healer inside: one outage, one restart, also when the one that heals is killed', {
  timeout: 120_000,
}, async () => {
  const connectionString = `postgresql://postgres@127.0.0.1:${port}/postgres`;
  const address = `tcp://127.0.0.1:${await freePort()}`;
  const actioners = [0, 1, 2].map(() =>
    start<Told>('embedded', [
      join(folder, 'prunella.yaml'),
      ...['--json', '--results', address, '--database', connectionString],
      ...[
        '--deadline-ms',
        '1000',
        '--retry-ms',
        '200',
        '--heartbeat-sick-ms',
        '300',
        '--heartbeat-ok-ms',
        '500',
      ],
    ]),
  );
  const roles = () => actioners.map((actioner) => ofType(actioner, 'healer').at(-1)?.role);
  const errors = () => actioners.flatMap((actioner) => actioner.errors).join('');
  await expect
    .poll(() => errors() || roles().toSorted(), { timeout: 30_000 })
    .toEqual(['holder', 'reporter', 'reporter']);

  const prepared = start('prepare-database', ['--database', connectionString]);
  expect(await prepared.ended, prepared.errors.join('')).toBe(0);
  const sender = start<{ type: string }>('send-results', ['--json', '--bind', address, '--rate', '30']);
  await waitFor(() => actioners.every((actioner) => ofType(actioner, 'handled').length > 10), {
    what: 'results to be handled',
  });

  const [first] = await databasePids();
  process.kill(first ?? 0, 'SIGKILL');
  await waitFor(async () => (await databasePids()).length === 2, { what: 'the database to be restarted' });
  const isWell = (actioner: Program<Told>) => ofType(actioner, 'condition').at(-1)?.condition === 'ok';
  await waitFor(() => actioners.every(isWell), { what: 'all actioners to be well again' });

  const holder = actioners.find((actioner) => ofType(actioner, 'healer').at(-1)?.role === 'holder');
  holder?.kill('SIGKILL');
  const rest = actioners.filter((actioner) => actioner !== holder);
  await waitFor(() => rest.some((actioner) => ofType(actioner, 'healer').at(-1)?.role === 'holder'), {
    what: 'another actioner to take over',
  });
  expect(await databasePids()).toHaveLength(2);

  const wasWell = rest.map((actioner) => ofType(actioner, 'condition').length);
  const second = (await databasePids()).at(-1);
  process.kill(second ?? 0, 'SIGKILL');
  await waitFor(async () => (await databasePids()).length === 3, { what: 'the second restart' });
  await waitFor(
    () =>
      rest.every(
        (actioner, index) => isWell(actioner) && ofType(actioner, 'condition').length > (wasWell[index] ?? 0),
      ),
    { what: 'the two others to be well again' },
  );

  sender.kill('SIGTERM');
  await sender.ended;
  const notReplayed = (actioner: Program<Told>) => {
    const replayed = new Set(ofType(actioner, 'replayed').map(({ id }) => id));
    return ofType(actioner, 'handled').filter(({ id, pending }) => pending && !replayed.has(id));
  };
  await waitFor(() => rest.every((actioner) => notReplayed(actioner).length === 0), {
    what: 'all kept counts to reach the database',
  });
  for (const actioner of rest) actioner.kill('SIGTERM');
  expect(await Promise.all(rest.map((actioner) => actioner.ended))).toEqual([0, 0]);
  expect(rest.map((actioner) => ofType(actioner, 'stopped').at(-1)?.lostWrites)).toEqual([0, 0]);
  expect(await databasePids()).toHaveLength(3);
  const handledByRest = rest.reduce((sum, actioner) => sum + ofType(actioner, 'handled').length, 0);
  expect(await inHistory(connectionString)).toBeGreaterThanOrEqual(handledByRest);
});
