import { once } from 'node:events';
import { chmod, mkdir, open, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { examineBackends } from '../../src/doctor/examine-backends.ts';
import { examineSpace } from '../../src/doctor/examine-space.ts';
import { examineStore } from '../../src/doctor/examine-store.ts';
import type { Finding } from '../../src/doctor/finding.ts';
import { localSocketPath } from '../../src/healer/local-socket.ts';
import { startHealer } from '../../src/healer/start-healer.ts';
import { installationOf } from '../../src/store/inspect-store.ts';
import { databaseFileName, openSqliteStore } from '../../src/store/sqlite-store.ts';
import { emptyTransaction } from '../../src/store/store.ts';
import { StandInBackend } from '../engine/stand-in-backend.ts';
import { workshop } from '../healer/workshop.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { runCommand } from './run-command.ts';
import { runProgram } from './run-program.ts';

const playbook = 'playbook: demo\nfor: tcp/*\nladder: [{ action: process.restart, after: 5m }]\n';
const configuration = `
server: { port: 0 }
resources: { tcp/echo: { nodes: { one: { target: sleeper, probe: { type: tcp, port: 9 } } } } }
backends: { process: { services: { sleeper: { command: [sleep, '1000'] } } } }
`;

async function doctor(folder: string, ...words: string[]) {
  const run = await runCommand(['doctor', '--json', ...words], { workingDirectory: folder });
  const answer: { ok: boolean; findings: Finding[] } = JSON.parse(run.stdout);
  const of = (check: string) => answer.findings.filter((finding) => finding.check === check);
  return { ...run, ok: answer.ok, findings: answer.findings, of };
}

describe('prunella doctor', () => {
  it('looks before the first start, and makes nothing', async () => {
    const { folder } = workshop({ configuration, playbook });
    const before = await readdir(folder);
    const { ok, exitCode, of } = await doctor(folder);
    expect({ ok, exitCode }).toEqual({ ok: true, exitCode: 0 });
    for (const check of ['configuration', 'lock', 'store-folder', 'space']) {
      expect(of(check), check).toMatchObject([{ state: 'ok' }]);
    }
    expect(of('process-services')).toMatchObject([
      { state: 'warning', what: expect.stringContaining('sleeper has no runner now') },
    ]);
    expect(await readdir(folder)).toEqual(before);
  });

  it('says who heals, and leaves that healer its store', async () => {
    const { folder, configurationFile } = workshop({
      configuration: configuration.replace(/backends:.*/, ''),
      playbook: playbook.replace('process', 'stand-in'),
    });
    const healer = await startHealer({ configurationFile, server: false, backends: [new StandInBackend()] });
    onTestFinished(() => healer.stop());
    const { of } = await doctor(folder);
    expect(of('lock')).toMatchObject([
      { state: 'ok', what: expect.stringMatching(`process ${process.pid} holds the store since`) },
    ]);
    expect(of('healer')).toMatchObject([{ state: 'ok', what: expect.stringContaining('answers') }]);
    const installation = await installationOf(join(folder, 'prunella-data', databaseFileName));
    expect(installation).toMatch(/^[0-9a-f-]{36}$/);
    expect(of('store-integrity')).toMatchObject([
      { state: 'ok', what: expect.stringMatching(`is whole.*, of the installation ${installation}$`) },
    ]);
    expect(of('clock')).toMatchObject([{ state: 'ok' }]);
    await healer.engine?.pause('ada', 'the store takes writes as before');
  });

  it('tells a holder that does not answer from one that does', async () => {
    const { folder, store } = workshop({ configuration, playbook });
    await mkdir(store, { mode: 0o700 });
    const lock = new DatabaseSync(join(store, 'lock.db'));
    onTestFinished(() => lock.close());
    lock.exec('BEGIN EXCLUSIVE');
    await writeFile(join(store, 'holder.json'), JSON.stringify({ pid: process.pid, startedAt: 1_000 }));
    const { exitCode, of } = await doctor(folder);
    expect(exitCode).toBe(1);
    expect(of('lock')).toMatchObject([{ state: 'ok', what: expect.stringContaining('1970-01-01T00:00:01') }]);
    expect(of('healer')).toMatchObject([
      { state: 'problem', what: expect.stringContaining('does not answer at') },
    ]);
  });

  it('waits for a healer that does not answer, and then tells all that it saw', async () => {
    const { folder, store } = workshop({ configuration, playbook });
    await mkdir(join(store, 'run'), { recursive: true, mode: 0o700 });
    const lock = new DatabaseSync(join(store, 'lock.db'));
    onTestFinished(() => lock.close());
    lock.exec('BEGIN EXCLUSIVE');
    const silent = createServer((socket) => socket.resume());
    silent.listen(localSocketPath(store));
    onTestFinished(() => new Promise((resolve) => silent.close(() => resolve())));
    await once(silent, 'listening');
    const { exitCode, stdout } = await runProgram(['doctor', '--json'], folder);
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout).findings).toContainEqual(
      expect.objectContaining({ check: 'healer', state: 'problem' }),
    );
  });

  it('tells for people what, why, and what to do, and counts', async () => {
    const { folder, store } = workshop({ configuration, playbook });
    await mkdir(store);
    await chmod(store, 0o755);
    const { stdout, exitCode } = await runCommand(['doctor'], { workingDirectory: folder });
    expect(stdout).toMatch(
      /^warning {2}store-folder +other users .*\n +why: {2}the tokens .*\n +do: {3}chmod 700/m,
    );
    expect(stdout).toMatch(/\n\d ok, 4 warning, 0 problem\n$/);
    expect(exitCode).toBe(0);
  });

  it('tries each probe: one that passes, one whose place answers nobody, one whose account is refused', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end('-WRONGPASS invalid username-password pair\r\n'));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const nodes = [
      `one: { target: a, probe: { type: tcp, port: ${port} } }`,
      `two: { target: b, probe: { type: tcp, port: ${await closedPort()} } }`,
      `three: { target: c, probe: { type: redis, port: ${port}, password: { environment: WRONG } } }`,
    ];
    const { folder } = workshop({
      configuration: `server: { port: 0 }\nresources: { redis/main: { nodes: { ${nodes.join(', ')} } } }\n`,
    });
    const run = await runCommand(['doctor', '--json'], {
      workingDirectory: folder,
      environment: { WRONG: 'not-it' },
    });
    const findings: Finding[] = JSON.parse(run.stdout).findings;
    expect(run.exitCode).toBe(1);
    expect(
      findings.filter(({ check }) => check === 'probes').map(({ state, what }) => `${state}: ${what}`),
    ).toEqual([
      expect.stringMatching(/^warning: the probe of node two of redis\/main fails now: .*ECONNREFUSED/),
      expect.stringMatching(
        /^problem: node three of redis\/main refuses the account of its probe: WRONGPASS/,
      ),
      'ok: 1 of 3 pass',
    ]);
  });

  it('names every mistake of a configuration that cannot be used', async () => {
    const { folder } = workshop({ configuration: `${configuration}stor: {}\n`, playbook });
    const { ok, exitCode, findings } = await doctor(folder);
    expect({ ok, exitCode }).toEqual({ ok: false, exitCode: 2 });
    expect(findings).toMatchObject([
      { check: 'configuration', state: 'problem', what: expect.stringMatching(/prunella\.yaml:5:1: .*stor/) },
    ]);
    const { stdout } = await runCommand(['doctor'], { workingDirectory: folder });
    expect(stdout).toContain('The configuration cannot be used, so nothing else was looked at.\n');
  });

  it('on a host that reports elsewhere asks that healer alone', async () => {
    const { folder } = workshop({
      configuration: `healer: { address: 'http://127.0.0.1:${await closedPort()}' }\n`,
    });
    const { exitCode, findings } = await doctor(folder);
    expect(exitCode).toBe(1);
    expect(findings.map(({ check, state }) => `${check} ${state}`)).toEqual([
      'configuration ok',
      'healer problem',
    ]);
  });

  it('refuses a time that is none', async () => {
    const { folder } = workshop({ configuration, playbook });
    const { exitCode, stdout } = await runCommand(['doctor', '--json', '--timeout', 'soon'], {
      workingDirectory: folder,
    });
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'wrong-timeout' } });
  });
});

describe('the doctor of a store', () => {
  it('finds damage that a healer would not meet at its start', async () => {
    const folder = await temporaryFolder();
    await (await openSqliteStore({ folder, now: () => 1 })).close();
    const path = join(folder, 'prunella.db');
    const database = new DatabaseSync(path);
    database.exec(`
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
      INSERT INTO events (at, resource, event) SELECT i, 'postgres/main', '{}' FROM n`);
    database.close();
    // A page in the middle of the log that a disk has lost.
    const file = await open(path, 'r+');
    const { size } = await file.stat();
    await file.write(Buffer.alloc(4_096), 0, 4_096, 4_096 * Math.floor(size / 8_192));
    await file.close();
    const store = await openSqliteStore({ folder, now: () => 1 });
    await store.load();
    await store.close();
    const findings = await examineStore(folder, () => 10);
    expect(findings).toContainEqual(expect.objectContaining({ check: 'store-integrity', state: 'problem' }));
  });

  it('tells a clock that was set back', async () => {
    const folder = await temporaryFolder();
    const store = await openSqliteStore({ folder, now: () => 1 });
    const event = { type: 'suspicion-ended', reason: 'x' } as const;
    await store.commit({
      ...emptyTransaction,
      events: [{ at: 100_000, resource: 'r', incident: null, event }],
    });
    await store.close();
    const clockAt = async (now: number) =>
      (await examineStore(folder, () => now)).find(({ check }) => check === 'clock');
    expect(await clockAt(95_000)).toMatchObject({ state: 'ok' });
    expect(await clockAt(94_999)).toMatchObject({
      state: 'problem',
      what: expect.stringContaining('1970-01-01T00:01:40'),
    });
  });

  it.each([
    ['of a newer version', 'PRAGMA user_version = 999', /newer version.*schema 999/],
    ['of another program', 'PRAGMA application_id = 7', /another program/],
  ])('tells one %s', async (_, change, what) => {
    const folder = await temporaryFolder();
    await (await openSqliteStore({ folder, now: () => 1 })).close();
    const database = new DatabaseSync(join(folder, 'prunella.db'));
    database.exec(change);
    database.close();
    expect(await examineStore(folder, () => 10)).toContainEqual(
      expect.objectContaining({
        check: 'store-integrity',
        state: 'problem',
        what: expect.stringMatching(what),
      }),
    );
  });

  it('tells a file that is no store, and a folder that is none', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'prunella.db'), 'not a database '.repeat(100));
    expect(await examineStore(folder, () => 10)).toContainEqual(
      expect.objectContaining({ check: 'store-integrity', state: 'problem' }),
    );
    expect(await examineStore(join(folder, 'prunella.db'), () => 10)).toContainEqual(
      expect.objectContaining({ check: 'store-folder', state: 'problem' }),
    );
  });

  it('leaves a store that it looked at as it was', async () => {
    const folder = await temporaryFolder();
    await (await openSqliteStore({ folder, now: () => 1 })).close();
    const before = await stat(join(folder, 'prunella.db'));
    await examineStore(folder, () => 10);
    const after = await stat(join(folder, 'prunella.db'));
    expect([after.size, after.mtimeMs]).toEqual([before.size, before.mtimeMs]);
    await rm(folder, { recursive: true });
  });
});

describe('the doctor of the disk', () => {
  const mebibyte = 1024 * 1024;
  it.each([
    [1_024 * mebibyte, 1_000, 'ok'],
    [1_024 * mebibyte - 1, 1_000, 'warning'],
    [64 * mebibyte - 1, 1_000, 'problem'],
    [1_024 * mebibyte, 7, 'problem'],
  ])('%d bytes and %d files left: %s', async (freeBytes, freeFiles, state) => {
    expect(await examineSpace('/x', async () => ({ freeBytes, freeFiles }))).toMatchObject([{ state }]);
  });

  it('says so where it cannot look', async () => {
    const refuse = () => Promise.reject(new Error('EIO'));
    expect(await examineSpace('/x', refuse)).toMatchObject([{ state: 'unknown' }]);
  });
});

describe('the doctor of backends', () => {
  const patience = () => AbortSignal.timeout(30_000);

  it('takes what a backend examines itself, else its connection', async () => {
    const own: Finding = { check: 'stand-in-rights', state: 'warning', what: 'a', why: 'b', remedy: 'c' };
    const examined = Object.assign(new StandInBackend(), { examine: async () => [own] });
    expect(await examineBackends([examined, new StandInBackend()], patience())).toEqual([
      own,
      { check: 'stand-in-reachable', state: 'ok', what: 'a stand-in' },
    ]);
    const told: (string | null)[] = [];
    const asking = Object.assign(new StandInBackend(), {
      examine: async (_: AbortSignal, installation: string | null) => {
        told.push(installation);
        return [own];
      },
    });
    await examineBackends([asking], patience(), 'this one');
    expect(told).toEqual(['this one']);
    const away = Object.assign(new StandInBackend(), {
      check: async () => ({ ok: false as const, problem: 'refused', remedy: 'start it' }),
    });
    expect(await examineBackends([away], patience())).toMatchObject([
      { check: 'stand-in-reachable', state: 'problem', what: 'refused', remedy: 'start it' },
    ]);
  });

  it('is kept waiting by none, and outlives one that throws', async () => {
    const silent = Object.assign(new StandInBackend(), {
      examine: () => new Promise<readonly Finding[]>(() => {}),
    });
    expect(await examineBackends([silent], AbortSignal.abort())).toMatchObject([
      { state: 'unknown', what: expect.stringContaining('did not answer in time') },
    ]);
    const broken = Object.assign(new StandInBackend(), {
      examine: async () => Promise.reject(new Error('a fault')),
    });
    expect(await examineBackends([broken], patience())).toMatchObject([
      { state: 'unknown', what: expect.stringContaining('a fault') },
    ]);
  });

  it('shows 200 findings of one and how many more there are', async () => {
    const many = Array.from({ length: 203 }, (_, number): Finding => {
      return { check: `stand-in-${number}`, state: 'ok', what: 'well' };
    });
    const loud = Object.assign(new StandInBackend(), { examine: async () => many });
    const findings = await examineBackends([loud], patience());
    expect(findings).toHaveLength(201);
    expect(findings.at(-1)).toMatchObject({ what: expect.stringContaining('3 further findings') });
  });
});

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
