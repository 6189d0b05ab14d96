import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fleetKey } from '../../src/engine/fleet-states.ts';
import { backUpStore } from '../../src/store/backup.ts';
import { databaseFileName, openSqliteStore } from '../../src/store/sqlite-store.ts';
import { emptyTransaction, type Transaction } from '../../src/store/store.ts';
import { acquireStoreLock } from '../../src/store/store-lock.ts';
import { runCommand } from '../commands/run-command.ts';
import { EngineUnderTest, resource } from '../engine/engine-under-test.ts';
import { StandInBackend } from '../engine/stand-in-backend.ts';
import { VirtualClock } from '../engine/virtual-clock.ts';
import { workshop } from '../healer/workshop.ts';
import { temporaryFolder } from './temporary-folder.ts';

const program = fileURLToPath(new URL('../../src/bin.ts', import.meta.url));
const configuration = 'server: { port: 0 }\n';
const down = { a: 'down', b: 'down' } as const;
const ok = { a: 'ok', b: 'ok' } as const;

function place() {
  const { folder, store } = workshop({ configuration });
  const run = (...words: string[]) => runCommand(words, { workingDirectory: folder });
  return { folder, store, run };
}

/** Of today: what is older than must be kept goes by itself. */
const today = Date.now();

function entry(number: number, text: string): Transaction {
  const at = today + number;
  const event = { type: 'suspicion-ended', reason: text } as const;
  return {
    ...emptyTransaction,
    events: [{ at, resource: 'r', incident: null, event }],
    states: new Map([['count', { version: 1, at, text }]]),
  };
}

describe('prunella backup', () => {
  it('by a process of its own, while a healer writes: whole, and as the store was at one moment', async () => {
    const { folder, store: storeFolder } = place();
    const lock = await acquireStoreLock(storeFolder);
    onTestFinished(() => lock.release());
    const store = await openSqliteStore({ folder: storeFolder, now: Date.now });
    onTestFinished(() => store.close());
    await store.commit(entry(0, 'x'));
    const file = join(folder, 'one.backup');
    const child = spawn(
      process.execPath,
      ['--conditions=prunella-source', program, 'backup', file, '--json'],
      {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
    const ended = once(child, 'close');
    let written = 0;
    let isOver = false;
    void ended.then(() => {
      isOver = true;
    });
    while (!isOver) {
      written += 1;
      await store.commit(entry(written, 'x'.repeat(1_000)));
    }
    expect(await ended).toEqual([0, null]);
    expect(written, 'it was written meanwhile').toBeGreaterThan(1);
    const backup = new DatabaseSync(file, { readOnly: true });
    onTestFinished(() => backup.close());
    const { events } = JSON.parse(said);
    expect(events).toBeLessThanOrEqual(written + 1);
    expect(backup.prepare('SELECT count(*) AS n, max(at) AS last FROM events').get()).toEqual({
      n: events,
      last: today + events - 1,
    });
    // The state of the same moment as the log's end: no transaction is in it by half.
    expect(
      JSON.parse(String(backup.prepare("SELECT state FROM states WHERE key = 'count'").get()?.['state'])),
    ).toMatchObject({ at: today + events - 1 });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).not.toContain('one.backup.partial');
  });

  it('overwrites nothing, and leaves nothing where it fails', async () => {
    const { folder, store, run } = place();
    expect(await run('backup', 'b')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('there is no store'),
    });
    await (await openSqliteStore({ folder: store, now: () => 1 })).close();
    await writeFile(join(folder, 'b'), 'precious');
    expect(await run('backup', 'b')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('is there already'),
    });
    expect(await readFile(join(folder, 'b'), 'utf8')).toBe('precious');
    expect(await run('backup', 'missing/b')).toMatchObject({ exitCode: 1 });
    await truncate(join(store, databaseFileName), 8_192);
    expect(await run('backup', 'c')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/damaged|malformed/),
    });
    expect((await readdir(folder)).toSorted()).toEqual(['b', 'playbooks', 'prunella-data', 'prunella.yaml']);
  });
});

describe('prunella restore', () => {
  it('puts back what was backed up, keeps the store before, and goes on paused under a new generation', async () => {
    const { folder, store: storeFolder, run } = place();
    const backend = new StandInBackend();
    const before = await EngineUnderTest.start({ folder: storeFolder, backend });
    await before.pass(3, ok);
    before.database(false);
    await before.pass(8, down);
    expect(backend.sent).toHaveLength(1);
    const file = join(folder, 'one.backup');
    await backUpStore(storeFolder, file);
    // What is lost: a result, and a second attempt of the same incident.
    backend.sent[0]?.end({ outcome: 'failed', summary: 'no', targets: [] });
    await before.pass(120, down);
    const lost = backend.sent.map(({ order }) => order);
    expect(lost.length).toBeGreaterThan(1);
    await before.engine.signal({
      id: 'lost',
      source: 'alerts',
      type: 'process.exit',
      resource,
      status: 'firing',
      summary: 'x',
    });
    await before.stop();
    const lostLog = await logLength(storeFolder);

    const restored = await run('restore', 'one.backup', '--json');
    expect(restored, restored.stderr).toMatchObject({ exitCode: 0 });
    const { setAside, generation, isSameInstallation } = JSON.parse(restored.stdout);
    expect(isSameInstallation).toBe(true);
    expect(await logLength(setAside), 'the store before is kept').toBe(lostLog);

    const again = new StandInBackend();
    again.finding = async () => ({
      found: 'ended',
      result: { outcome: 'failed', summary: 'no', targets: [] },
    });
    const after = await EngineUnderTest.start({
      folder: storeFolder,
      backend: again,
      clock: new VirtualClock(before.clock.now() + 60_000),
      isUp: false,
    });
    expect(after.engine.pauseInForce()).toMatchObject({
      by: 'prunella restore',
      reason: expect.stringContaining('one.backup'),
    });
    await after.pass(180, down);
    expect(again.sent, 'nothing is done while nobody has looked').toEqual([]);
    await after.engine.resume('ada');
    await after.pass(180, down);
    expect(again.sent.length).toBeGreaterThan(0);
    const names = new Set(lost.map(({ attempt }) => attempt));
    for (const { order } of again.sent) {
      expect(order.fence).toMatchObject({ generation, authority: lost[0]?.fence.authority });
      expect(order.fence.generation).toBeGreaterThan(lost[0]?.fence.generation ?? 0);
      expect(names, 'no attempt has the name of one that was lost').not.toContain(order.attempt);
    }
  });

  it('makes generations that only grow, also where the clock stands before them', async () => {
    const { folder, store, run } = place();
    const future = Date.now() + 1_000_000_000;
    await (await openSqliteStore({ folder: store, now: () => future })).close();
    await backUpStore(store, join(folder, 'b'));
    const first = JSON.parse((await run('restore', 'b', '--json')).stdout);
    expect(first.generation).toBe(future + 1);
    const second = JSON.parse((await run('restore', 'b', '--json')).stdout);
    expect(second.generation).toBe(future + 2);
    const opened = await openSqliteStore({ folder: store, now: () => 1 });
    onTestFinished(() => opened.close());
    const { generation, states } = await opened.load();
    expect(generation).toBe(future + 2);
    expect(states.get(fleetKey)).toMatchObject({
      generation: future + 2,
      paused: { by: 'prunella restore' },
    });
  });

  it('is refused while a healer holds the store', async () => {
    const { folder, store, run } = place();
    await (await openSqliteStore({ folder: store, now: () => 1 })).close();
    await backUpStore(store, join(folder, 'b'));
    const lock = await acquireStoreLock(store);
    const refused = await run('restore', 'b');
    await lock.release();
    expect(refused).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining(`is held by process ${process.pid} since`),
    });
    expect(await run('restore', 'b')).toMatchObject({ exitCode: 0 });
  });

  it('refuses what is no whole backup, and leaves the store as it was', async () => {
    const { folder, store, run } = place();
    await (await openSqliteStore({ folder: store, now: () => 1 })).close();
    const good = join(folder, 'good');
    await backUpStore(store, good);
    const before = await readFile(join(store, databaseFileName));
    await copyFile(good, join(folder, 'cut'));
    await truncate(join(folder, 'cut'), 8_192);
    await writeFile(join(folder, 'text'), 'no database '.repeat(100));
    await copyFile(good, join(folder, 'newer'));
    const newer = new DatabaseSync(join(folder, 'newer'));
    newer.exec('PRAGMA user_version = 999');
    newer.close();
    for (const [file, why] of [
      ['cut', /damaged|malformed/],
      ['text', /not a database/],
      ['newer', /newer version/],
      ['missing', /there is no file/],
      [join(store, databaseFileName), /is the store itself/],
    ] as const) {
      expect(await run('restore', file), file).toMatchObject({
        exitCode: 1,
        stderr: expect.stringMatching(why),
      });
    }
    expect(await readFile(join(store, databaseFileName))).toEqual(before);
    expect((await readdir(store)).filter((name) => /replaced|restoring/.test(name))).toEqual([]);
  });

  it('takes the place of a damaged store, whose files it keeps as they are', async () => {
    const { folder, store, run } = place();
    const opened = await openSqliteStore({ folder: store, now: () => 1 });
    await opened.commit(entry(5, 'kept'));
    await backUpStore(store, join(folder, 'b'));
    await opened.close();
    await writeFile(join(store, databaseFileName), 'torn '.repeat(2_000));
    await writeFile(join(store, `${databaseFileName}-wal`), 'a log that belongs to the torn one');
    const { stdout, exitCode } = await run('restore', 'b', '--json');
    expect(exitCode).toBe(0);
    const { setAside, isSameInstallation } = JSON.parse(stdout);
    expect(isSameInstallation).toBeNull();
    expect(await readFile(join(setAside, databaseFileName), 'utf8')).toContain('torn torn');
    expect(await logLength(store)).toBe(1);
  });

  it('works in an empty place, and says what another installation means', async () => {
    const one = await temporaryFolder();
    await (await openSqliteStore({ folder: one, now: () => 1 })).close();
    const { folder, store, run } = place();
    await backUpStore(one, join(folder, 'b'));
    expect(JSON.parse((await run('restore', 'b', '--json')).stdout)).toMatchObject({ setAside: null });
    await mkdir(join(folder, 'x'));
    const other = await temporaryFolder();
    await (await openSqliteStore({ folder: other, now: () => 1 })).close();
    await backUpStore(other, join(folder, 'c'));
    const { stdout } = await run('restore', 'c');
    expect(stdout).toContain('this backup is of another installation than the store before');
    expect(stdout).toContain('The healer will start paused.');
    expect(await readdir(store)).toEqual(expect.arrayContaining([expect.stringMatching(/^replaced-/)]));
  });
});

async function logLength(folder: string): Promise<number> {
  const database = new DatabaseSync(join(folder, databaseFileName), { readOnly: true });
  try {
    return Number(database.prepare('SELECT count(*) AS n FROM events').get()?.['n']);
  } finally {
    database.close();
  }
}
