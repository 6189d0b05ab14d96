import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { databaseFileName, openSqliteStore } from '../../src/store/sqlite-store.ts';
import type { Transaction } from '../../src/store/store.ts';
import { temporaryFolder } from './temporary-folder.ts';

const nothing: Transaction = {
  events: [],
  states: new Map(),
  statesGone: [],
  outboxAdd: [],
  outboxDone: [],
  attempts: [],
  signals: [],
  incidents: [],
};

async function open() {
  const folder = await temporaryFolder();
  const store = await openSqliteStore({ folder, now: () => 1_000 });
  onTestFinished(() => store.close());
  const bytes = async (suffix = '') => (await stat(join(folder, databaseFileName + suffix))).size;
  const put = (key: string, length: number) =>
    store.commit({ ...nothing, states: new Map([[key, 'x'.repeat(length)]]) });
  return { store, bytes, put };
}

it('no commit waits for the write-ahead log to be taken into the database, though it is long', async () => {
  const { bytes, put } = await open();
  const before = await bytes();
  await put('long', 10_000_000);
  await put('short', 10);
  expect(await bytes()).toBe(before);
  expect(await bytes('-wal')).toBeGreaterThan(10_000_000);
});

it('a quiet moment takes it in, and the log begins anew', async () => {
  const { bytes, put } = await open();
  const before = await bytes();
  for (let number = 0; number < 40; number += 1) await put(`state ${number}`, 4_000);
  await vi.waitFor(async () => expect(await bytes()).toBeGreaterThan(before + 40 * 4_000), {
    timeout: 10_000,
  });
  const log = await bytes('-wal');
  for (let number = 0; number < 10; number += 1) await put(`state ${number}`, 4_000);
  expect(await bytes('-wal')).toBe(log);
});
