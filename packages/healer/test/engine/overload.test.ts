import type { Condition } from '@prunella/protocol';
import { expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { storeWith } from '../store/store-with.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { EngineUnderTest, resource } from './engine-under-test.ts';

const allOk: Readonly<Record<string, Condition>> = { a: 'ok', b: 'ok' };

const signalOf = (number: number) => ({
  id: `signal ${number}`,
  source: 'alerts',
  type: 'process.exit',
  resource,
  status: 'firing' as const,
  summary: 'gone',
});

/** A stand-in for a disk that takes one transaction each time that it is let. */
function gated(store: Store) {
  let open = (): void => {};
  let gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  let closed = false;
  return {
    store: storeWith(store, {
      commit: async (transaction) => {
        if (closed) await gate;
        return store.commit(transaction);
      },
    }),
    close() {
      closed = true;
      gate = new Promise((resolve) => {
        open = resolve;
      });
    },
    open() {
      closed = false;
      open();
    },
  };
}

async function behindAGate(waitingLimit: number) {
  let gate: ReturnType<typeof gated> | undefined;
  const test = await EngineUnderTest.start({
    folder: await temporaryFolder(),
    autonomy: 'ask',
    wrapStore: (store) => {
      gate = gated(store);
      return gate.store;
    },
    engine: { settings: { observe: { okHeartbeatMs: 1_000 }, waitingLimit } },
  });
  if (gate === undefined) throw new Error('the store was not wrapped');
  await test.pass(3, allOk);
  return { test, gate };
}

const idsOnDisk = async (test: EngineUnderTest) =>
  (await test.store.read({ limit: 1_000 })).flatMap(({ event }) =>
    event.type === 'signal-received' ? [event.signal.id] : [],
  );

it('more signals than may wait are refused at once; each that was acknowledged is on disk', async () => {
  const { test, gate } = await behindAGate(20);
  gate.close();
  // The first is being written; the others wait behind it.
  const first = test.engine.signal(signalOf(0));
  await test.clock.advance(0);
  const receipts = [first];
  for (let number = 1; number <= 100; number += 1) {
    receipts.push(test.engine.signal(signalOf(number)));
    await test.clock.advance(0);
  }
  const refused = await Promise.all(receipts.slice(40));
  for (const receipt of refused) expect(receipt).toMatchObject({ accepted: false, later: 'busy' });
  gate.open();
  const all = await Promise.all(receipts);
  const accepted = all.flatMap((receipt, number) => (receipt.accepted ? [`signal ${number}`] : []));
  expect(accepted.length).toBeGreaterThan(20);
  expect((await idsOnDisk(test)).toSorted()).toEqual(accepted.toSorted());
});

it('while signals wait, reports are taken and only the newest of each instance counts', async () => {
  const { test, gate } = await behindAGate(20);
  gate.close();
  void test.engine.signal(signalOf(0));
  await test.clock.advance(0);
  for (let report = 0; report < 500; report += 1) {
    expect(test.report('a', report === 499 ? 'ok' : 'down')).toBe(null);
  }
  gate.open();
  await test.clock.advance(1_000);
  // One summary came of all of them.
  const seen = (await test.engine.log({ limit: 1_000 })).flatMap(({ event }) =>
    event.type === 'summary-changed' ? [event.conditions.down] : [],
  );
  expect(seen.slice(1)).not.toContain(1);
});

it('an orderly stop: what waits is either on disk and acknowledged or neither, and a late caller is told', async () => {
  const { test, gate } = await behindAGate(1_000);
  gate.close();
  const receipts = [];
  for (let number = 0; number < 50; number += 1) {
    receipts.push(test.engine.signal(signalOf(number)));
    await test.clock.advance(0);
  }
  const stopped = test.engine.stop();
  gate.open();
  const all = await Promise.all(receipts);
  await stopped;
  const accepted = all.flatMap((receipt, number) => (receipt.accepted ? [`signal ${number}`] : []));
  expect(accepted.length, 'the one that was being written').toBeGreaterThan(0);
  expect((await idsOnDisk(test)).toSorted()).toEqual(accepted.toSorted());
  const refused = all.filter((receipt) => !receipt.accepted);
  expect(refused.length).toBeGreaterThan(0);
  for (const receipt of refused) expect(receipt).toMatchObject({ later: 'stopping' });
  expect(await test.engine.signal(signalOf(99))).toMatchObject({ accepted: false, later: 'stopping' });
  const command = { id: 'c', by: 'ada', command: { type: 'resume-ladder' } } as const;
  expect(await test.engine.command(resource, command)).toMatchObject({ accepted: false, later: 'stopping' });
});

it('signals that arrive at one moment, however they come in, are written as one transaction', async () => {
  let commits = 0;
  const counted = (store: Store) =>
    storeWith(store, {
      commit: (transaction) => {
        if (transaction.signals.length > 0) commits += 1;
        return store.commit(transaction);
      },
    });
  const test = await EngineUnderTest.start({
    folder: await temporaryFolder(),
    autonomy: 'ask',
    wrapStore: counted,
  });
  await test.pass(3, allOk);
  const receipts = Array.from({ length: 50 }, async (_, number) => {
    // As requests that are read one after the other within one turn of the event loop.
    for (let tick = 0; tick < number; tick += 1) await Promise.resolve();
    return test.engine.signal(signalOf(number));
  });
  for (const receipt of await Promise.all(receipts)) expect(receipt).toMatchObject({ accepted: true });
  expect(commits).toBe(1);
  expect(await idsOnDisk(test)).toHaveLength(50);
});

it('changes that come one upon another, also while others are being written, share commits; the last is what counts', async () => {
  let commits = 0;
  const counted = (store: Store) =>
    storeWith(store, {
      commit: (transaction) => {
        commits += 1;
        return store.commit(transaction);
      },
    });
  const test = await EngineUnderTest.start({
    folder: await temporaryFolder(),
    autonomy: 'ask',
    wrapStore: counted,
  });
  await test.pass(3, allOk);
  await test.clock.advance(100);
  commits = 0;
  for (let change = 1; change <= 30; change += 1) {
    expect(test.report('a', change % 2 === 0 ? 'ok' : 'down')).toBe(null);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await test.clock.advance(50);
  // The first change, what the probe says to it, and all the others.
  expect(commits).toBeLessThanOrEqual(3);
  const seen = (await test.engine.log({ limit: 1_000 })).flatMap(({ event }) =>
    event.type === 'summary-changed' ? [event.conditions.down] : [],
  );
  expect(seen).toContain(1);
  expect(seen.at(-1)).toBe(0);
});
