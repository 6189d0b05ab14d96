import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { expect, it, onTestFinished, vi } from 'vitest';
import { databaseFileName, openSqliteStore } from '../../src/store/sqlite-store.ts';
import { emptyTransaction } from '../../src/store/store.ts';
import { temporaryFolder } from './temporary-folder.ts';

async function open(now = () => 1_000) {
  const folder = await temporaryFolder();
  const store = await openSqliteStore({ folder, now });
  onTestFinished(() => store.close());
  const bytes = async (suffix = '') => (await stat(join(folder, databaseFileName + suffix))).size;
  const put = (key: string, length: number) =>
    store.commit({ ...emptyTransaction, states: new Map([[key, 'x'.repeat(length)]]) });
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

it('a flood without a quiet moment does not keep it out', async () => {
  const { bytes, put } = await open();
  const before = await bytes();
  const lives = AbortSignal.timeout(10_000);
  let flood = true;
  const flooding = (async () => {
    for (let number = 0; flood && !lives.aborted; number += 1) {
      await put(`state ${number % 8}`, 4_000);
      await setTimeout(10);
    }
  })();
  try {
    await vi.waitFor(async () => expect(await bytes()).toBeGreaterThan(before), { timeout: 9_000 });
  } finally {
    flood = false;
    await flooding;
  }
}, 15_000);

it('a very long one is taken in by the commit that made it so, and is cut back', async () => {
  const { bytes, put } = await open();
  const before = await bytes();
  await put('long', 20_000_000);
  expect(await bytes()).toBeGreaterThan(before + 20_000_000);
  await put('short', 10);
  expect(await bytes('-wal')).toBeLessThan(17 * 1024 * 1024);
});

it('what is written beside commits is taken in, too', async () => {
  const { bytes, store } = await open();
  const before = await bytes();
  for (let number = 0; number < 40; number += 1) {
    store.answers.put({ key: `${number}`, at: 1_000, fingerprint: 'f', answer: 'x'.repeat(4_000) });
  }
  await vi.waitFor(async () => expect(await bytes()).toBeGreaterThan(before + 40 * 4_000), {
    timeout: 10_000,
  });
});

it('a sweep of what is too old counts like a commit', async () => {
  let now = 1_000;
  const { bytes, put } = await open(() => now);
  const before = await bytes();
  for (let number = 0; number < 20; number += 1) {
    await put(`state ${number}`, 4_000);
    // The sweep runs in the check phase after the commit, before this.
    await setImmediate();
    now += 120_000;
  }
  await vi.waitFor(async () => expect(await bytes()).toBeGreaterThan(before), { timeout: 10_000 });
});
