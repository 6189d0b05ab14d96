import { chmod, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { AttemptOrder, Command, ResourceEvent } from '@prunella/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { databaseFileName, openSqliteStore } from '../../src/store/sqlite-store.ts';
import { emptyTransaction, type Store } from '../../src/store/store.ts';
import { temporaryFolder } from './temporary-folder.ts';

const hourMs = 60 * 60 * 1000;

const wake = (at: number): Command => ({ type: 'wake', resource: 'postgres/main', at });

function event(incident: string | null, text: string, resource = 'postgres/main') {
  const suspended: ResourceEvent = { type: 'suspicion-ended', reason: text };
  return { at: 7, resource, incident, event: suspended };
}

const order: AttemptOrder = {
  attempt: 'a1',
  resource: 'postgres/main',
  incident: 'i1',
  step: 'restart',
  action: 'process.restart',
  effect: 'disrupts',
  arguments: { name: 'db' },
  target: { select: 'failing-nodes' },
  targets: ['db1'],
  resolved: true,
  fence: { authority: 'x', generation: 1, number: 1 },
  notAfter: 10,
  deadlineAt: 20,
};

async function openIn(folder: string, now = () => 1_000): Promise<Store> {
  const store = await openSqliteStore({ folder, now });
  onTestFinished(() => store.close());
  return store;
}

describe('the store', () => {
  it('keeps events, states, outbox and open attempts over a restart', async () => {
    const folder = await temporaryFolder();
    const before = await openIn(folder);
    const identity = await before.load();
    const receipt = await before.commit({
      ...emptyTransaction,
      events: [event('i1', 'one'), event(null, 'two')],
      states: new Map([['resource/postgres/main', { version: 1, at: 3 }]]),
      outboxAdd: [wake(1), wake(2)],
      attempts: [
        { order, reference: 'job 7', ended: false },
        { order: { ...order, attempt: 'a0' }, reference: null, ended: true },
      ],
    });
    await before.commit({ ...emptyTransaction, outboxDone: receipt.outboxIds.slice(0, 1) });
    await before.close();

    const after = await (await openIn(folder)).load();
    expect(after.authority).toMatch(/^[0-9a-f-]{36}$/);
    expect(after).toEqual({
      authority: identity.authority,
      generation: 1_000,
      states: new Map([['resource/postgres/main', { version: 1, at: 3 }]]),
      outbox: [{ id: receipt.outboxIds[1], command: wake(2) }],
      openAttempts: [{ order, reference: 'job 7', ended: false }],
    });
  });

  it('keeps no state whose key is said to be gone', async () => {
    const folder = await temporaryFolder();
    const store = await openIn(folder);
    const states = new Map([
      ['fleet/leases/1', { version: 1 }],
      ['fleet/leases/2', { version: 2 }],
    ]);
    await store.commit({ ...emptyTransaction, states });
    await store.commit({ ...emptyTransaction, statesGone: ['fleet/leases/1', 'fleet/leases/9'] });
    expect((await store.load()).states).toEqual(new Map([['fleet/leases/2', { version: 2 }]]));
  });

  it('numbers the log over the whole store and reads it by resource, by incident and by page', async () => {
    const store = await openIn(await temporaryFolder());
    const { sequences } = await store.commit({
      ...emptyTransaction,
      events: [event('i1', 'a'), event('i2', 'b', 'redis/cache'), event('i1', 'c')],
    });
    expect(sequences).toEqual([1, 2, 3]);
    const numbers = async (query: Parameters<Store['read']>[0]) =>
      (await store.read(query)).map((entry) => entry.sequence);
    expect(await numbers({ limit: 10 })).toEqual([1, 2, 3]);
    expect(await numbers({ resource: 'redis/cache', limit: 10 })).toEqual([2]);
    expect(await numbers({ incident: 'i1', limit: 10 })).toEqual([1, 3]);
    expect(await numbers({ incident: 'i1', after: 1, limit: 10 })).toEqual([3]);
    expect(await numbers({ newestFirst: true, limit: 2 })).toEqual([3, 2]);
    expect(await numbers({ limit: 2 })).toEqual([1, 2]);
  });

  it('writes what is committed in one turn as one transaction', async () => {
    const folder = await temporaryFolder();
    const store = await openIn(folder);
    const watcher = new DatabaseSync(join(folder, databaseFileName), { readOnly: true });
    onTestFinished(() => watcher.close());
    const seenByOthers = () => watcher.prepare('SELECT count(*) AS count FROM events').all()[0];
    const receipts: number[] = [];
    const commits = ['a', 'b', 'c'].map((text) =>
      store.commit({ ...emptyTransaction, events: [event(null, text)] }).then((receipt) => {
        receipts.push(...receipt.sequences);
        return seenByOthers();
      }),
    );
    expect(seenByOthers()).toEqual({ count: 0 });
    // The first to be told already sees all three on disk: they came with one commit.
    expect(await Promise.all(commits)).toEqual([{ count: 3 }, { count: 3 }, { count: 3 }]);
    expect(receipts).toEqual([1, 2, 3]);
  });

  it('refuses a value that is not JSON without harming the others of its group', async () => {
    const store = await openIn(await temporaryFolder());
    const good = store.commit({ ...emptyTransaction, events: [event(null, 'good')] });
    const bad = store.commit({ ...emptyTransaction, states: new Map([['x', 1n]]) });
    await expect(bad).rejects.toMatchObject({
      code: 'store-not-json',
      message: expect.stringMatching(/BigInt/),
    });
    await expect(good).resolves.toMatchObject({ sequences: [1] });
  });

  it('remembers the ids of signals for 24 hours and forgets them then', async () => {
    let now = 0;
    const folder = await temporaryFolder();
    const store = await openIn(folder, () => now);
    await store.commit({ ...emptyTransaction, signals: [{ key: 'alerts 1', at: now }] });
    now = 24 * hourMs;
    expect(await store.hasSignal('alerts 1')).toBe(true);
    expect(await store.hasSignal('alerts 2')).toBe(false);
    now += 1;
    expect(await store.hasSignal('alerts 1')).toBe(false);
    await store.commit({ ...emptyTransaction, signals: [{ key: 'alerts 3', at: now }] });
    const watcher = new DatabaseSync(join(folder, databaseFileName), { readOnly: true });
    onTestFinished(() => watcher.close());
    expect(watcher.prepare('SELECT key FROM signals').all()).toEqual([{ key: 'alerts 3' }]);
  });

  it('forgets old ids of signals also where the clock was set back', async () => {
    let now = 1_000 * hourMs;
    const folder = await temporaryFolder();
    const store = await openIn(folder, () => now);
    await store.commit({ ...emptyTransaction, signals: [{ key: 'alerts 1', at: now }] });
    now = 0;
    await store.commit({ ...emptyTransaction, signals: [{ key: 'alerts 2', at: now }] });
    now = 25 * hourMs;
    await store.commit({ ...emptyTransaction, signals: [{ key: 'alerts 3', at: now }] });
    const watcher = new DatabaseSync(join(folder, databaseFileName), { readOnly: true });
    onTestFinished(() => watcher.close());
    // The first lies in the future, and is forgotten a day after that.
    expect(watcher.prepare('SELECT key FROM signals ORDER BY key').all()).toEqual([
      { key: 'alerts 1' },
      { key: 'alerts 3' },
    ]);
  });

  it('shows incidents, the newest first, open or closed', async () => {
    const store = await openIn(await temporaryFolder());
    const incident = (name: string, openedAt: number, closedAt: number | null) => ({
      incident: name,
      resource: 'postgres/main',
      openedAt,
      closedAt,
      story: {
        incident: name,
        resource: 'postgres/main',
        playbook: 'database',
        state: closedAt === null ? ('open' as const) : ('closed' as const),
        openedAt,
        firstFaultAt: 0,
        closedAt,
        credit: null,
        story: 'unreachable',
        attempts: [],
      },
    });
    await store.commit({
      ...emptyTransaction,
      incidents: [incident('i1', 1, null), incident('i2', 2, null)],
    });
    await store.commit({ ...emptyTransaction, incidents: [incident('i1', 1, 9)] });
    const names = async (query: Parameters<Store['incidents']>[0]) =>
      (await store.incidents(query)).map((found) => found.incident);
    expect(await names({ limit: 10 })).toEqual(['i2', 'i1']);
    expect(await names({ open: true, limit: 10 })).toEqual(['i2']);
    expect(await names({ open: false, limit: 10 })).toEqual(['i1']);
    expect(await names({ limit: 1 })).toEqual(['i2']);
    expect((await store.incidents({ open: false, limit: 1 }))[0]).toEqual(incident('i1', 1, 9));
    expect(await names({ incident: 'i1', limit: 10 })).toEqual(['i1']);
    // Two in one moment: the place of one among them is known by its name.
    await store.commit({
      ...emptyTransaction,
      incidents: [incident('i3', 2, null), incident('i4', 3, null)],
    });
    expect(await names({ limit: 10 })).toEqual(['i4', 'i3', 'i2', 'i1']);
    expect(await names({ before: { openedAt: 2, incident: 'i3' }, limit: 10 })).toEqual(['i2', 'i1']);
    expect(await names({ before: { openedAt: 2, incident: 'i2' }, limit: 10 })).toEqual(['i1']);
  });

  it('can be read by another program while it is written: its log is a write-ahead log', async () => {
    const folder = await temporaryFolder();
    await openIn(folder);
    const watcher = new DatabaseSync(join(folder, databaseFileName), { readOnly: true });
    onTestFinished(() => watcher.close());
    expect(watcher.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
  });

  it('makes its folder for this user only', async () => {
    const folder = join(await temporaryFolder(), 'deep', 'store');
    await openIn(folder);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, databaseFileName))).mode & 0o777).toBe(0o600);
  });
});

describe('a store that cannot be used is refused with what to do', () => {
  it('written by a newer version', async () => {
    const folder = await temporaryFolder();
    await (await openSqliteStore({ folder, now: () => 1 })).close();
    const database = new DatabaseSync(join(folder, databaseFileName));
    database.exec('PRAGMA user_version = 999');
    database.close();
    await expect(openSqliteStore({ folder, now: () => 1 })).rejects.toMatchObject({
      code: 'store-newer',
      message: expect.stringMatching(
        /written by a newer version.*schema 999.*knows up to 6.*start that version, or restore a backup/,
      ),
    });
  });

  it('damaged', async () => {
    const folder = await temporaryFolder();
    await writeFile(
      join(folder, databaseFileName),
      'this is not a database, whatever it is called '.repeat(50),
    );
    await expect(openSqliteStore({ folder, now: () => 1 })).rejects.toMatchObject({
      code: 'store-corrupt',
      message: expect.stringMatching(/not a database.*restore a backup/),
    });
  });

  it('cut short', async () => {
    const folder = await temporaryFolder();
    const store = await openSqliteStore({ folder, now: () => 1 });
    await store.commit({ ...emptyTransaction, states: new Map([['big', 'x'.repeat(100_000)]]) });
    await store.close();
    await truncate(join(folder, databaseFileName), 8_192);
    const reading = openSqliteStore({ folder, now: () => 1 }).then((opened) => {
      onTestFinished(() => opened.close());
      return opened.load();
    });
    await expect(reading).rejects.toMatchObject({ code: 'store-corrupt' });
  });

  it('of another program', async () => {
    const folder = await temporaryFolder();
    const database = new DatabaseSync(join(folder, databaseFileName));
    database.exec('CREATE TABLE theirs (x)');
    database.close();
    await expect(openSqliteStore({ folder, now: () => 1 })).rejects.toMatchObject({ code: 'store-foreign' });
  });

  it('in a place that is no folder', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'file');
    await writeFile(file, '');
    await chmod(file, 0o600);
    await expect(openSqliteStore({ folder: file, now: () => 1 })).rejects.toMatchObject({
      code: 'store-failed',
      message: expect.stringContaining(file),
    });
  });

  it('closed', async () => {
    const store = await openIn(await temporaryFolder());
    await store.close();
    await expect(store.commit(emptyTransaction)).rejects.toMatchObject({ code: 'store-closed' });
    await expect(store.load()).rejects.toMatchObject({ code: 'store-closed' });
  });
});
