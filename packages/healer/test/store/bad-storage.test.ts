import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Signal } from '@prunella/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { databaseFileName, openSqliteStore } from '../../src/store/sqlite-store.ts';
import { emptyTransaction, type Transaction } from '../../src/store/store.ts';
import { acquireStoreLock } from '../../src/store/store-lock.ts';
import { runCommand } from '../commands/run-command.ts';
import { EngineUnderTest, resource } from '../engine/engine-under-test.ts';
import { workshop } from '../healer/workshop.ts';
import { smallDisk } from './small-disk.ts';
import { temporaryFolder } from './temporary-folder.ts';

const down = { a: 'down', b: 'down' } as const;
const ok = { a: 'ok', b: 'ok' } as const;

function signal(id: string): Signal {
  return { id, source: 'alerts', type: 'alert', resource, status: 'firing', summary: 'x' };
}

function text(characters: number): Transaction {
  return {
    ...emptyTransaction,
    states: new Map([['text', 'x'.repeat(characters)]]),
  };
}

describe('a disk that is full', () => {
  it('nothing is done and nothing acknowledged until there is room, and nothing acknowledged is lost', async (context) => {
    const disk = await smallDisk(context, 2_048);
    const test = await EngineUnderTest.start({ folder: disk.folder });
    await test.pass(3, ok);
    expect(await test.engine.signal(signal('before'))).toEqual({ accepted: true, duplicate: false });
    await disk.fill();
    test.database(false);
    await expect(test.engine.signal(signal('full'))).rejects.toMatchObject({
      code: 'store-full',
      message: expect.stringMatching(/the disk is full: make room, the healer goes on by itself/),
    });
    const paused = expect(test.engine.pause('ada', 'x')).rejects.toMatchObject({ code: 'store-full' });
    await test.pass(60, down);
    await paused;
    expect(test.backend.sent, 'a repair was due long ago').toEqual([]);
    expect(test.engine.pauseInForce()).toBeNull();
    expect(test.faults).toContainEqual(expect.stringContaining('the disk is full'));

    await disk.empty();
    await test.pass(20, down);
    expect(test.backend.sent.length).toBeGreaterThan(0);
    expect(await test.engine.signal(signal('full'))).toEqual({ accepted: true, duplicate: false });
    await test.stop();
    const again = await EngineUnderTest.start({ folder: disk.folder, clock: test.clock, isUp: false });
    expect(await again.engine.signal(signal('before'))).toEqual({ accepted: true, duplicate: true });
    const entries = await again.engine.log({ limit: 1_000 });
    expect(entries.map(({ sequence }) => sequence)).toEqual(entries.map((_, index) => index + 1));
    const intended = entries.flatMap(({ event }) =>
      event.type === 'attempt-intended' ? [event.attempt] : [],
    );
    expect(intended).toEqual(test.backend.sent.map(({ order }) => order.attempt));
  });

  it('a group that has no room is refused as a whole, and the ones before it are kept', async (context) => {
    const disk = await smallDisk(context, 2_048);
    const store = await openSqliteStore({ folder: disk.folder, now: () => 1 });
    onTestFinished(() => store.close());
    await store.commit(text(100_000));
    await disk.fill();
    const settled = await Promise.allSettled([store.commit(text(10)), store.commit(text(900_000))]);
    expect(settled).toMatchObject([
      { status: 'rejected', reason: { code: 'store-full' } },
      { status: 'rejected', reason: { code: 'store-full' } },
    ]);
    expect((await store.load()).states.get('text')).toHaveLength(100_000);
    await disk.empty();
    await store.commit(text(20));
    expect((await store.load()).states.get('text')).toHaveLength(20);
  });

  it('no start without room, no backup without room for it, and the store stays whole', async (context) => {
    const disk = await smallDisk(context, 1_024);
    const fresh = join(disk.folder, 'fresh');
    const used = join(disk.folder, 'used');
    const store = await openSqliteStore({ folder: used, now: () => 1 });
    onTestFinished(() => store.close());
    await store.commit(text(200_000));
    await mkdir(fresh);
    await disk.fill();
    await expect(openSqliteStore({ folder: fresh, now: () => 1 })).rejects.toMatchObject({
      code: 'store-full',
    });
    const { backUpStore } = await import('../../src/store/backup.ts');
    await expect(backUpStore(used, join(disk.folder, 'b'))).rejects.toMatchObject({ code: 'store-full' });
    await expect(stat(join(disk.folder, 'b'))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(stat(join(disk.folder, 'b.partial'))).rejects.toMatchObject({ code: 'ENOENT' });
    await disk.empty();
    await backUpStore(used, join(disk.folder, 'b'));
    expect((await store.load()).states.get('text')).toHaveLength(200_000);
  });
});

describe('a database that another program has locked', () => {
  it('is waited for a second, then nothing is done and nothing acknowledged; then it goes on', async () => {
    const folder = await temporaryFolder();
    const test = await EngineUnderTest.start({ folder });
    await test.pass(3, ok);
    const other = new DatabaseSync(join(folder, databaseFileName));
    onTestFinished(() => other.close());
    other.exec('BEGIN IMMEDIATE');
    await expect(test.engine.signal(signal('locked'))).rejects.toMatchObject({
      code: 'store-busy',
      message: expect.stringContaining('another program has it locked: close that program'),
    });
    other.exec('ROLLBACK');
    await test.pass(2, ok);
    expect(await test.engine.signal(signal('locked'))).toEqual({ accepted: true, duplicate: false });
  });
});

describe('`prunella up` on a store that it cannot use says why and what to do, and holds nothing', () => {
  const configuration = 'server: { port: 0 }\n';

  async function refusal(folder: string, store: string): Promise<string> {
    const { exitCode, stderr } = await runCommand(['up'], { workingDirectory: folder });
    expect(exitCode, stderr).toBe(1);
    const lock = await acquireStoreLock(store).catch((error: unknown) => error);
    if (typeof lock === 'object' && lock !== null && 'release' in lock)
      await (lock as { release(): Promise<void> }).release();
    else expect(lock).not.toMatchObject({ code: 'store-held' });
    return stderr;
  }

  async function made(): Promise<{ folder: string; store: string; path: string }> {
    const { folder, store } = workshop({ configuration });
    const opened = await openSqliteStore({ folder: store, now: () => 1 });
    await opened.commit(text(100_000));
    await opened.close();
    return { folder, store, path: join(store, databaseFileName) };
  }

  it('cut short', async () => {
    const { folder, store, path } = await made();
    await truncate(path, 12_288);
    expect(await refusal(folder, store)).toMatch(
      /prunella\.db.*damaged: restore a backup, or move the folder away/,
    );
  });

  it('with a page of its states torn', async () => {
    const { folder, store, path } = await made();
    const database = new DatabaseSync(path, { readOnly: true });
    const pages = database.prepare("SELECT pageno FROM dbstat WHERE name = 'states'").all();
    database.close();
    const file = await open(path, 'r+');
    for (const { pageno } of pages)
      await file.write(Buffer.alloc(4_096, 0x5a), 0, 4_096, 4_096 * (Number(pageno) - 1));
    await file.close();
    expect(await refusal(folder, store)).toMatch(/damaged: restore a backup/);
  });

  it('no database at all', async () => {
    const { folder, store, path } = await made();
    await writeFile(path, 'no database '.repeat(1_000));
    expect(await refusal(folder, store)).toMatch(/not a database: restore a backup/);
  });

  it('of a newer version, and of another program', async () => {
    const { folder, store, path } = await made();
    const database = new DatabaseSync(path);
    database.exec('PRAGMA user_version = 999');
    expect(await refusal(folder, store)).toMatch(/written by a newer version .*start that version/);
    database.exec('PRAGMA application_id = 7');
    database.close();
    expect(await refusal(folder, store)).toMatch(/database of another program .*name another one/);
  });

  it('locked by a process of another program', async () => {
    const { folder, store, path } = await made();
    const program = `
      const { DatabaseSync } = require('node:sqlite');
      const database = new DatabaseSync(${JSON.stringify(path)});
      database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
      console.log('locked');
      setInterval(() => {}, 60000);`;
    const child = spawn(process.execPath, ['--no-warnings', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    expect(await refusal(folder, store)).toMatch(/another program has it locked: close that program/);
  });

  it('that can only be read', async (context) => {
    const disk = await smallDisk(context, 2_048);
    const store = join(disk.folder, 'store');
    await (await openSqliteStore({ folder: store, now: () => 1 })).close();
    await (await acquireStoreLock(store)).release();
    disk.makeReadOnly();
    const { folder } = workshop({
      configuration: `${configuration}store: { folder: ${JSON.stringify(store)} }\n`,
    });
    expect(await refusal(folder, store)).toMatch(
      /cannot be written: give this user write permission to the folder/,
    );
  });
});

it('a signal that is on disk is acknowledged where older ones are torn', async () => {
  const folder = await temporaryFolder();
  const before = await openSqliteStore({ folder, now: () => 1 });
  const signals = Array.from({ length: 2_000 }, (_, number) => ({ key: `old ${number}`, at: 1 }));
  await before.commit({ ...emptyTransaction, signals });
  await before.close();
  const path = join(folder, databaseFileName);
  const database = new DatabaseSync(path);
  const oldest = database
    .prepare("SELECT pageno FROM dbstat WHERE name = 'signals' AND pagetype = 'leaf' ORDER BY path LIMIT 1")
    .get();
  database.close();
  const file = await open(path, 'r+');
  await file.write(Buffer.alloc(4_096, 0x5a), 0, 4_096, 4_096 * (Number(oldest?.['pageno']) - 1));
  await file.close();
  const after = await openSqliteStore({ folder, now: () => 1 });
  onTestFinished(() => after.close());
  for (const key of ['new', 'newer']) {
    await after.commit({ ...emptyTransaction, signals: [{ key, at: 1 }] });
  }
  const known = ['new', 'newer', 'old 1999', 'never'].map((key) => after.hasSignal(key));
  expect(await Promise.all(known)).toEqual([true, true, true, false]);
});

describe('a start reads the states and none of the history', () => {
  it('goes on with every page of the history torn but the newest', async () => {
    const folder = await temporaryFolder();
    const before = await EngineUnderTest.start({ folder });
    await before.pass(3, ok);
    before.database(false);
    await before.pass(10, down);
    expect(before.backend.sent).toHaveLength(1);
    await before.stop();
    const path = join(folder, databaseFileName);
    const database = new DatabaseSync(path);
    database.exec(`
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
      INSERT INTO events (at, resource, incident, event)
        SELECT ${before.clock.now()}, 'redis/' || i, 'i' || i, '{"type":"suspicion-ended","reason":"x"}' FROM n`);
    const leaves = database
      .prepare(
        "SELECT name, pageno FROM dbstat WHERE name LIKE 'events%' AND pagetype = 'leaf' ORDER BY name, path",
      )
      .all();
    const newest = new Set(
      ['events', 'events_by_resource', 'events_by_incident'].map(
        (name) => leaves.findLast((leaf) => leaf['name'] === name)?.['pageno'],
      ),
    );
    database.close();
    const file = await open(path, 'r+');
    const torn = leaves.filter(({ name, pageno }) => name === 'events' && !newest.has(pageno));
    for (const { pageno } of torn) {
      await file.write(Buffer.alloc(4_096, 0x5a), 0, 4_096, 4_096 * (Number(pageno) - 1));
    }
    await file.close();
    expect(torn.length).toBeGreaterThan(200);

    const after = await EngineUnderTest.start({ folder, clock: before.clock, isUp: false });
    expect(await after.engine.signal(signal('first'))).toEqual({ accepted: true, duplicate: false });
    await after.pass(30, down);
    expect(await after.engine.incidents({ open: true, limit: 10 })).toHaveLength(1);
    await expect(after.engine.log({ limit: 1_000 }), 'the history is torn indeed').rejects.toMatchObject({
      code: 'store-corrupt',
    });
  });
});
