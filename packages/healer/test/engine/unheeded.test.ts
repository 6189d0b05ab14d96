import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { databaseFileName } from '../../src/store/sqlite-store.ts';
import type { Transaction } from '../../src/store/store.ts';
import { storeWith } from '../store/store-with.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { EngineUnderTest, resource } from './engine-under-test.ts';

const ok = { a: 'ok', b: 'ok' } as const;

async function start(folder: string, before?: EngineUnderTest) {
  const written: Transaction[] = [];
  const test = await EngineUnderTest.start({
    folder,
    ...(before === undefined ? {} : { clock: before.clock }),
    wrapStore: (store) =>
      storeWith(store, {
        commit: (transaction) => {
          written.push(transaction);
          return store.commit(transaction);
        },
      }),
  });
  const send = (id: string, type: string, status: 'firing' | 'resolved' = 'firing') =>
    test.engine.signal({ id, source: 'alerts', type, resource, status, summary: `${id} of 100` });
  const keys = () => written.splice(0).flatMap(({ states, statesGone }) => [...states.keys(), ...statesGone]);
  const told = () => JSON.stringify(test.engine.explain(resource));
  return { test, send, keys, told };
}

/** As a kill leaves it: nothing is ended, nothing closed. */
async function copyOf(folder: string): Promise<string> {
  const copy = await temporaryFolder();
  for (const suffix of ['', '-wal']) {
    await copyFile(join(folder, databaseFileName) + suffix, join(copy, databaseFileName) + suffix);
  }
  return copy;
}

it('a signal that nothing opens on writes itself, and not the record of its resource', async () => {
  const { test, send, keys, told } = await start(await temporaryFolder());
  await test.pass(3, ok);
  keys();
  await send('99', 'disk.full');
  expect(keys().toSorted()).toEqual(['ledger', `unheeded/${resource}`]);
  expect(told()).toContain('99 of 100');
});

it('it is told of after a kill, with all of the record that was written before and after it', async () => {
  const folder = await temporaryFolder();
  const { test, send, told } = await start(folder);
  await test.pass(3, ok);
  await send('97', 'disk.full');
  await send('x', 'process.exit');
  await test.pass(1, ok);
  await send('98', 'inodes.few');
  const after = await start(await copyOf(folder), test);
  for (const text of ['97 of 100', '98 of 100']) {
    expect(told()).toContain(text);
    expect(after.told()).toContain(text);
  }
  expect(after.test.engine.ledger()).toEqual(test.engine.ledger());
});

it('what moved on in memory alone is still written at an orderly stop', async () => {
  const folder = await temporaryFolder();
  const { test, send, keys } = await start(folder);
  await test.pass(3, ok);
  keys();
  // Ten seconds of reports: the summary becomes newer, and nothing hangs on that.
  await test.pass(10, ok);
  await send('99', 'disk.full');
  expect(keys()).not.toContain(`resource/${resource}`);
  await test.stop();
  expect(keys()).toContain(`resource/${resource}`);
});

it('one that is resolved is forgotten on disk, too', async () => {
  const folder = await temporaryFolder();
  const { test, send, keys } = await start(folder);
  await test.pass(3, ok);
  await send('99', 'disk.full');
  keys();
  await send('99 again', 'disk.full', 'resolved');
  expect(keys()).toContain(`unheeded/${resource}`);
  const after = await start(await copyOf(folder), test);
  expect(after.told()).not.toContain('of 100');
});
