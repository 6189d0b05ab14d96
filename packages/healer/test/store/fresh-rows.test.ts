import { copyFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it, onTestFinished, vi } from 'vitest';
import { databaseFileName, openSqliteStore } from '../../src/store/sqlite-store.ts';
import { emptyTransaction } from '../../src/store/store.ts';
import { temporaryFolder } from './temporary-folder.ts';

const resources = 100;

async function open(folder?: string) {
  const place = folder ?? (await temporaryFolder());
  const path = join(place, databaseFileName);
  const store = await openSqliteStore({ folder: place, now: () => 1_000 });
  onTestFinished(() => store.close());
  const watcher = new DatabaseSync(path, { readOnly: true });
  onTestFinished(() => watcher.close());
  const fresh = (table: 'events' | 'signals') =>
    Number(watcher.prepare(`SELECT count(*) AS count FROM ${table} WHERE fresh = 1`).get()?.['count']);
  let number = 0;
  /** One entry and one signal each, of one resource after the other. */
  const commit = (count: number) => {
    const numbers = Array.from({ length: count }, () => number++);
    return store.commit({
      ...emptyTransaction,
      events: numbers.map((each) => ({
        at: 1_000,
        resource: `app/${each % resources}`,
        incident: null,
        event: { type: 'suspicion-ended', reason: `${each}` },
      })),
      signals: numbers.map((each) => ({ key: signal(each), at: 1_000 })),
    });
  };
  const sequences = async (query: {
    readonly after?: number;
    readonly newestFirst?: true;
    readonly limit: number;
  }) => (await store.read({ resource: 'app/7', ...query })).map(({ sequence }) => sequence);
  return { folder: place, path, store, fresh, commit, sequences };
}

/** Of senders all over: neighbours in time are none by name. */
function signal(number: number): string {
  return `${(number * 7_919) % 100_003} ${number}`;
}

/** Of `app/7`, in the order of the log. */
function expectedSequences(entries: number): number[] {
  return Array.from({ length: Math.ceil((entries - 7) / resources) }, (_, index) => 8 + index * resources);
}

it('a commit of many signals writes few pages, however many resources and senders they are of', async () => {
  const { path, commit } = await open();
  for (let turn = 0; turn < 60; turn += 1) await commit(32);
  const pages = async () => ((await stat(`${path}-wal`)).size - 32) / (4_096 + 24);
  const before = await pages();
  for (let turn = 0; turn < 10; turn += 1) await commit(32);
  expect(((await pages()) - before) / 10).toBeLessThan(24);
});

it('the log of a resource is whole and in its order while a part of it is fresh', async () => {
  const { commit, sequences, fresh } = await open();
  await commit(3_000);
  await vi.waitFor(() => expect(fresh('events')).toBe(0), { timeout: 10_000 });
  await commit(200);
  expect(fresh('events')).toBe(200);
  const all = expectedSequences(3_200);
  expect(await sequences({ limit: 100 })).toEqual(all);
  expect(await sequences({ limit: 100, newestFirst: true })).toEqual(all.toReversed());
  expect(await sequences({ limit: 4, newestFirst: true })).toEqual(all.toReversed().slice(0, 4));
  expect(await sequences({ limit: 3, after: 2_800 })).toEqual(all.filter((each) => each > 2_800).slice(0, 3));
});

it('a flood puts them in their order, too, a part at a time', async () => {
  const { commit, sequences, fresh } = await open();
  for (let turn = 0; turn < 20; turn += 1) {
    await commit(500);
    expect(fresh('events')).toBeLessThan(4_096);
  }
  expect(await sequences({ limit: 200 })).toEqual(expectedSequences(10_000));
});

it('an orderly stop leaves nothing fresh', async () => {
  const { store, commit, fresh } = await open();
  await commit(100);
  expect([fresh('events'), fresh('signals')]).toEqual([100, 100]);
  await store.close();
  expect([fresh('events'), fresh('signals')]).toEqual([0, 0]);
});

it('signals are known while they are fresh, when they are not, and after a crash; others never are', async () => {
  const { folder, store, commit, fresh } = await open();
  const expectKnown = async (known: typeof store, count: number) => {
    for (let number = 0; number < count + 500; number += 1) {
      expect(await known.hasSignal(signal(number)), signal(number)).toBe(number < count);
    }
  };
  await commit(700);
  await expectKnown(store, 700);
  await vi.waitFor(() => expect(fresh('signals')).toBe(0), { timeout: 10_000 });
  await expectKnown(store, 700);
  await commit(100);
  const crashed = await temporaryFolder();
  for (const suffix of ['', '-wal']) {
    await copyFile(join(folder, databaseFileName) + suffix, join(crashed, databaseFileName) + suffix);
  }
  const after = await openSqliteStore({ folder: crashed, now: () => 1_000 });
  onTestFinished(() => after.close());
  await expectKnown(after, 800);
  // With each commit it learns more of what it has.
  for (let turn = 0; turn < 5; turn += 1) {
    await after.commit({ ...emptyTransaction, signals: [{ key: `after the crash ${turn}`, at: 1_000 }] });
    await expectKnown(after, 800);
  }
});

it('a store with damage in the middle of its log goes on', async () => {
  const { path, store, commit, fresh } = await open();
  const other = new DatabaseSync(path);
  other.exec(
    "CREATE TRIGGER refusing BEFORE UPDATE ON events WHEN OLD.sequence = 5 BEGIN SELECT RAISE(ABORT, 'torn'); END",
  );
  other.close();
  for (let turn = 0; turn < 12; turn += 1) await commit(500);
  expect(fresh('events')).toBe(6_000);
  expect(await store.hasSignal(signal(5_999))).toBe(true);
  expect((await store.read({ resource: 'app/99', limit: 100 })).length).toBe(60);
  // Those that cannot be put in order wait in memory: as many as a store keeps.
  const signals = Array.from({ length: 200_000 }, (_, number) => ({ key: `flood ${number}`, at: 1_000 }));
  await store.commit({ ...emptyTransaction, signals });
  const known = [signal(5_999), 'flood 0', 'flood 199999'].map((key) => store.hasSignal(key));
  expect(await Promise.all(known)).toEqual([false, true, true]);
});
