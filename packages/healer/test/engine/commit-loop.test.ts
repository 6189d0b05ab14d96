import { setImmediate } from 'node:timers/promises';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { Transaction } from '../../src/store/store.ts';
import { storeWith } from '../store/store-with.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { EngineUnderTest, resource } from './engine-under-test.ts';

const senders = 8;

/** Turns of the event loop in which time stands still, but for `passingMs` in each. */
function stoppedTime() {
  let now = performance.now();
  const spy = vi.spyOn(performance, 'now').mockImplementation(() => now);
  onTestFinished(() => spy.mockRestore());
  return async (passingMs: number, isOver: () => boolean): Promise<void> => {
    for (let turn = 0; turn < 500 && !isOver(); turn += 1) {
      now += passingMs;
      await setImmediate();
    }
  };
}

it('a crowd is waited for until it is whole where it was as large twice, and not for longer', async () => {
  const sizes: number[] = [];
  const test = await EngineUnderTest.start({
    folder: await temporaryFolder(),
    wrapStore: (store) =>
      storeWith(store, {
        commit: (transaction: Transaction) => {
          if (transaction.signals.length > 0) sizes.push(transaction.signals.length);
          return store.commit(transaction);
        },
      }),
  });
  const turns = stoppedTime();
  let number = 0;
  const send = async (count: number, passingMs: number): Promise<number> => {
    let answered = 0;
    const before = sizes.length;
    for (let sender = 0; sender < count; sender += 1) {
      number += 1;
      const signal = { id: `${number}`, source: 'alerts', type: 'note', resource, summary: 'x' };
      void test.engine.signal({ ...signal, status: 'firing' }).then(() => {
        answered += 1;
      });
    }
    await turns(passingMs, () => answered === count);
    expect(sizes.slice(before).reduce((sum, size) => sum + size, 0)).toBe(answered);
    return answered;
  };
  // Nobody knows how many there are: it is over when nothing more comes for a while.
  expect(await send(senders, 0.1)).toBe(senders);
  expect(await send(senders, 0.1)).toBe(senders);
  expect(sizes).toEqual([senders, senders]);
  // Time stands still: only their number can tell that all are there.
  expect(await send(senders, 0)).toBe(senders);
  expect(await send(senders - 1, 0), 'one is missing').toBe(0);
  await turns(0.1, () => sizes.length === 4);
  expect(sizes).toEqual([senders, senders, senders, senders - 1]);
});
