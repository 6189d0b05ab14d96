import { type AttemptOrder, parsePlaybook, type Signal } from '@prunella/core';
import { expect, it } from 'vitest';
import type { TargetRequest } from '../../src/backends/backend.ts';
import type { Transaction } from '../../src/store/store.ts';
import { storeWith } from '../store/store-with.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { EngineUnderTest } from './engine-under-test.ts';
import { StandInBackend } from './stand-in-backend.ts';

const { playbooks } = parsePlaybook(
  `
playbook: at-once
for: postgres/*
open: { signals: [process.exit], quorum: { hosts: 1 }, confirm: none, graceAfterStart: 0s }
ladder:
  - { action: stand-in.apply, autonomy: auto, every: 60s, deadline: 10s, window: 20s, soak: 2s }
limits: { disruptivePerFleetHour: 1000 }
`,
  'at-once.yaml',
);

/** More than a backend works on at one moment. */
const names = Array.from({ length: 25 }, (_, index) => `postgres/${index}`);

function endingAtOnce(onOrder: (order: AttemptOrder) => void) {
  return Object.assign(new StandInBackend(), {
    resolveAtOnce: ({ failing }: TargetRequest) => ({
      resolved: true,
      targets: failing.map(({ target }) => ({ id: target, responding: null })),
    }),
    dispatch: async (order: AttemptOrder) => {
      onOrder(order);
      return { outcome: 'succeeded' as const, summary: 'done', targets: [] };
    },
  });
}

/** Nothing but what an engine does at most at one moment holds anybody. */
async function start(backend: StandInBackend, resources: readonly string[], written: Transaction[] = []) {
  return EngineUnderTest.start({
    folder: await temporaryFolder(),
    wrapStore: (store) =>
      storeWith(store, {
        commit: (transaction) => {
          written.push(transaction);
          return store.commit(transaction);
        },
      }),
    engine: {
      playbooks,
      backends: [backend],
      resources: resources.map((resource) => ({
        facts: { resource, nodes: [{ name: 'node', target: `minion of ${resource}` }], labels: {} },
        probes: [],
      })),
      settings: {
        fleet: {
          concurrency: 100,
          disruptedDomains: 100,
          storm: { incidents: 1_000, withinMs: 300_000, share: 1, leastResources: 1_000 },
          isolation: { withinMs: 60_000, share: 1, leastResources: 1_000 },
        },
      },
    },
  });
}

function exitOf(resource: string): Signal {
  const signal = { id: resource, source: 'runner', type: 'process.exit', resource, node: 'node' };
  return { ...signal, status: 'firing', summary: 'the process exited' };
}

it('orders of signals that came together leave before anybody is told of them', async () => {
  const told: string[] = [];
  const { engine, clock } = await start(
    endingAtOnce(() => told.push('order')),
    names,
  );
  await clock.advance(1_000);
  engine.onLog(({ event }) => {
    if (event.type === 'attempt-intended') told.push('log');
  });
  const acknowledged = names.map(async (resource) => {
    expect(await engine.signal(exitOf(resource))).toEqual({ accepted: true, duplicate: false });
    told.push('sender');
  });
  await Promise.all(acknowledged);
  expect(told.slice(0, 10)).toEqual(Array(10).fill('order'));
  expect(told.lastIndexOf('order')).toBeLessThan(told.indexOf('sender'));
  expect(told.filter((each) => each === 'order')).toHaveLength(names.length);
});

it('signals do not wait for the results of a burst, and results not for ever for signals', async () => {
  const written: Transaction[] = [];
  const late = ['postgres/late', 'postgres/later'];
  let send: (resource: string) => void = () => {};
  const backend = endingAtOnce(({ resource }) => {
    if (resource === names.at(-1)) send('postgres/late');
    if (resource === 'postgres/late') send('postgres/later');
  });
  const { engine, clock } = await start(backend, [...names, ...late], written);
  await clock.advance(1_000);
  const before = written.length;
  const sent: Promise<unknown>[] = [];
  send = (resource) => sent.push(engine.signal(exitOf(resource)));
  for (const resource of names) send(resource);
  await clock.advance(0);
  await Promise.all(sent);
  const inTransactions = written.slice(before).map(({ events }) => ({
    signals: events.filter(({ event }) => event.type === 'signal-received').length,
    results: events.filter(({ event }) => event.type === 'attempt-ended').length,
  }));
  const burst = inTransactions.findIndex(({ signals }) => signals > 1);
  expect(inTransactions.slice(burst, burst + 3)).toEqual([
    { signals: expect.any(Number), results: 0 },
    { signals: 1, results: 0 },
    { signals: 1, results: names.length + 1 },
  ]);
});

it('results wait no longer where more signals wait than one batch takes', async () => {
  const written: Transaction[] = [];
  const [name = ''] = names;
  const { engine, clock } = await start(
    endingAtOnce(() => undefined),
    [name],
    written,
  );
  await clock.advance(1_000);
  const before = written.length;
  let number = 0;
  /** Who has an answer has more to say. */
  const sender = async () => {
    while (number < 3_000) {
      number += 1;
      await engine.signal({ ...exitOf(name), id: `note ${number}`, type: 'note' });
    }
  };
  const senders = Array.from({ length: 900 }, sender);
  await Promise.all([engine.signal(exitOf(name)), ...senders]);
  const after = written.slice(before);
  const at = (type: string) =>
    after.findIndex(({ events }) => events.some(({ event }) => event.type === type));
  expect(at('attempt-intended')).toBeGreaterThanOrEqual(0);
  expect(at('attempt-ended') - at('attempt-intended')).toBeLessThanOrEqual(2);
});
