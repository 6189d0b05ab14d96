import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type LabPostgres, startPostgres, waitFor } from '@prunella/labs';
import { describe, expect, test } from 'vitest';
import { startHealer } from '../../src/healer/start-healer.ts';
import { dispatchesIn, repairedFile } from './file-backend.ts';
import { afterwards, askSocket, incidentsAt, logAt, workshop } from './workshop.ts';

const program = fileURLToPath(new URL('./embedded-application.ts', import.meta.url));

const playbook = `
playbook: database
for: postgres/*
open:
  after: 500ms
  quorum: { hosts: 1 }
  confirm: { failures: 2, every: 200ms, timeout: 500ms }
  graceAfterStart: 0s
ladder:
  - action: file.repair
    after: 500ms
    every: 10s
    autonomy: auto
    deadline: 60s
    window: 20s
    soak: 500ms
`;

const configuration = (port: number) => `
resources:
  postgres/main:
    nodes:
      db1:
        target: db1
        probe: { type: postgres, port: ${port}, interval: 200ms, timeout: 500ms }
timing: { reportHeartbeat: 200ms, reportHeartbeatOk: 500ms, graceAfterStart: 0s }
`;

interface Application {
  readonly pid: number;
  readonly lines: readonly { readonly type: string; readonly role?: string; readonly socket?: string }[];
  readonly isHolder: boolean;
  kill(): Promise<void>;
}

function startApplication(folder: string, connectionString: string): Application {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, ['--conditions=prunella-source', program, folder, connectionString], {
    env: { PATH },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: Application['lines'][number][] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)));
  const ended = once(child, 'exit');
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  afterwards(kill);
  return {
    pid: child.pid ?? 0,
    lines,
    get isHolder() {
      return lines.some(({ role }) => role === 'holder');
    },
    kill,
  };
}

/** Three applications on one store over one real database, all of them started and settled. */
async function startThree() {
  const folders = workshop({ configuration: '', playbook });
  const postgres = await startPostgres({ folder: `${folders.folder}/postgres` });
  afterwards(() => postgres.stop());
  writeFileSync(folders.configurationFile, configuration(postgres.port));
  const applications = [1, 2, 3].map(() => startApplication(folders.folder, postgres.connectionString));
  await waitFor(() => applications.every(({ lines }) => lines.length > 0), { what: 'all to have started' });
  const [socket] = applications.flatMap(({ lines }) => lines.map((line) => line.socket ?? ''));
  return { ...folders, postgres, applications, socket: socket ?? '' };
}

async function observersAt(socket: string): Promise<number> {
  const entries = await logAt(socket);
  const seen = entries.flatMap(({ event }) => (event.type === 'summary-changed' ? [event] : []));
  return seen.at(-1)?.observers ?? 0;
}

async function breakDatabase(postgres: LabPostgres): Promise<void> {
  postgres.kill('SIGKILL');
  await postgres.exited();
}

describe('three applications with a healer inside, on one store', () => {
  test('have one holder; when it is killed another takes over at the same address', async () => {
    const { applications, socket } = await startThree();
    const holders = applications.filter(({ isHolder }) => isHolder);
    expect(holders).toHaveLength(1);
    expect(new Set(applications.flatMap(({ lines }) => lines.map((line) => line.socket))).size).toBe(1);

    await holders[0]?.kill();
    const rest = applications.filter((application) => application !== holders[0]);
    await waitFor(() => rest.some(({ isHolder }) => isHolder), { what: 'a new holder' });
    const answer = await waitFor(() => askSocket(socket, '/v1/healer'), { what: 'it to serve' });
    expect(answer).toMatchObject({ pid: rest.find(({ isHolder }) => isHolder)?.pid });
    expect(rest.filter(({ isHolder }) => isHolder)).toHaveLength(1);
  }, 60_000);

  test('see one outage, and make one attempt', async () => {
    const { folder, postgres, applications, socket } = await startThree();
    await waitFor(async () => (await observersAt(socket)) === 3, { what: 'all three to report' });
    await breakDatabase(postgres);
    await waitFor(() => dispatchesIn(folder).length > 0, { what: 'the attempt' });
    await postgres.restart();
    writeFileSync(repairedFile(folder), '');
    const incident = await waitFor(
      async () => (await incidentsAt(socket)).find(({ state }) => state === 'closed'),
      { what: 'the incident to be closed' },
    );
    expect(incident.attempts).toMatchObject([{ verdict: 'effective', targets: ['db1'] }]);
    const holder = applications.find(({ isHolder }) => isHolder);
    expect(dispatchesIn(folder)).toEqual([{ pid: holder?.pid, attempt: incident.attempts[0]?.attempt }]);
    expect(await incidentsAt(socket)).toHaveLength(1);
  }, 60_000);

  test('the holder killed in the middle of the attempt: another finds it, and still there is one', async () => {
    const { folder, postgres, applications, socket } = await startThree();
    await waitFor(async () => (await observersAt(socket)) === 3, { what: 'all three to report' });
    await breakDatabase(postgres);
    await waitFor(() => dispatchesIn(folder).length > 0, { what: 'the attempt' });
    const holder = applications.find(({ isHolder }) => isHolder);
    await holder?.kill();
    const rest = applications.filter((application) => application !== holder);
    await waitFor(() => rest.some(({ isHolder }) => isHolder), { what: 'a new holder' });

    await postgres.restart();
    writeFileSync(repairedFile(folder), '');
    const incident = await waitFor(
      async () => (await incidentsAt(socket)).find(({ state }) => state === 'closed'),
      { what: 'the incident to be closed' },
    );
    expect(incident.attempts).toMatchObject([{ verdict: 'effective' }]);
    expect(dispatchesIn(folder)).toEqual([{ pid: holder?.pid, attempt: incident.attempts[0]?.attempt }]);
  }, 60_000);
});

test('an application on a host that does not heal reports to the one that the configuration names', async () => {
  const healing = workshop({
    configuration: '',
    playbook: playbook.replace('file.repair', 'process.restart'),
  });
  const postgres = await startPostgres({ folder: `${healing.folder}/postgres` });
  afterwards(() => postgres.stop());
  writeFileSync(
    healing.configurationFile,
    `${configuration(postgres.port).replace('        target: db1\n', '')}server: { port: 0 }\nbackends: { process: { services: {} } }\n`,
  );
  const healer = await startHealer({ configurationFile: healing.configurationFile });
  afterwards(() => healer.stop());
  expect(healer.role).toBe('holder');

  const reporting = workshop({
    configuration: `
healer: { address: "${healer.address}" }
tokens: { reporter: { file: "${healer.tokenPlaces?.reporter}" } }
timing: { reportHeartbeat: 200ms, reportHeartbeatOk: 500ms }
`,
  });
  const application = startApplication(reporting.folder, postgres.connectionString);
  const [line] = await waitFor(
    () => {
      const { lines } = application;
      return lines.length > 0 ? lines : null;
    },
    { what: 'it to have started' },
  );
  expect(line).toMatchObject({ role: 'reporter', socket: null });
  await waitFor(async () => (await observersAt(healer.socket ?? '')) === 1, { what: 'its reports' });
}, 60_000);
