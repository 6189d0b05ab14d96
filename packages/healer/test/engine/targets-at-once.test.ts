import { parsePlaybook, type TargetResolution } from '@prunella/core';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { TargetRequest } from '../../src/backends/backend.ts';
import type { RunningEngine } from '../../src/engine-conformance/harness.ts';
import type { Transaction } from '../../src/store/store.ts';
import { storeWith } from '../store/store-with.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { embeddedHarness } from './conformance/embedded-harness.ts';
import { EngineUnderTest, exited, resource } from './engine-under-test.ts';
import { StandInBackend } from './stand-in-backend.ts';
import { VirtualClock } from './virtual-clock.ts';

const { playbooks } = parsePlaybook(
  `
playbook: at-once
for: postgres/main
open: { signals: [process.exit], quorum: { hosts: 1 }, confirm: none, graceAfterStart: 0s }
ladder:
  - { action: stand-in.apply, autonomy: auto, every: 60s, max: 3, deadline: 10s, window: 20s, soak: 2s }
`,
  'at-once.yaml',
);
const resources = [
  { facts: { resource, nodes: [{ name: 'db1', target: 'minion1' }], labels: {} }, probes: [] },
];

const named = ({ failing }: TargetRequest): TargetResolution => ({
  resolved: true,
  targets: failing.map(({ node, target }) => ({ id: target, node, responding: null })),
});

class AtOnceBackend extends StandInBackend {
  readonly asked: TargetRequest[] = [];
  readonly #answer: (request: TargetRequest) => TargetResolution | null;

  constructor(answer: (request: TargetRequest) => TargetResolution | null) {
    super();
    this.#answer = answer;
  }

  resolveAtOnce(request: TargetRequest): TargetResolution | null {
    this.asked.push(request);
    return this.#answer(request);
  }
}

/** With what each transaction that wrote something brought to disk. */
async function start(backend: StandInBackend, isFull = () => false) {
  const written: Transaction[] = [];
  const test = await EngineUnderTest.start({
    folder: await temporaryFolder(),
    backend,
    engine: { playbooks, resources },
    wrapStore: (store) =>
      storeWith(store, {
        commit: (transaction) => {
          if (isFull()) return Promise.reject(new Error('the disk is full'));
          written.push(transaction);
          return store.commit(transaction);
        },
      }),
  });
  await test.clock.advance(1_000);
  return { ...test, test, written };
}

function eventsOf({ events }: Transaction): readonly string[] {
  return events.map(({ event }) => event.type);
}

function withSignal(written: readonly Transaction[]): Transaction {
  return written.find(({ signals }) => signals.length > 0) ?? expect.fail('no signal was written');
}

function dispatchesOf({ outboxAdd }: Transaction) {
  return outboxAdd.filter(({ type }) => type === 'dispatch');
}

describe('a backend that says at once whom a step means', () => {
  it('has the signal, the opening and the intent come to disk in one transaction', async () => {
    const backend = new AtOnceBackend(named);
    const { engine, clock, written } = await start(backend);
    expect(await engine.signal(exited)).toEqual({ accepted: true, duplicate: false });
    await clock.advance(0);
    expect(backend.sent.map(({ order }) => order.targets)).toEqual([['minion1']]);
    expect(written.filter((each) => dispatchesOf(each).length > 0)).toHaveLength(1);
    const only = withSignal(written);
    expect(eventsOf(only)).toEqual(
      expect.arrayContaining(['signal-received', 'incident-opened', 'targets-resolved', 'attempt-intended']),
    );
    expect(dispatchesOf(only)).toHaveLength(1);
    expect(only.outboxAdd.filter(({ type }) => type === 'resolve-targets')).toEqual([]);
    expect(backend.asked).toMatchObject([{ declared: [{ node: 'db1', target: 'minion1' }] }]);
    expect(backend.resolved).toEqual([]);
  });

  it('is asked in the ordinary way where it must ask somebody itself', async () => {
    const backend = new AtOnceBackend(() => null);
    const { engine, clock, written } = await start(backend);
    await engine.signal(exited);
    await clock.advance(0);
    expect(backend.resolved).toEqual(backend.asked);
    expect(backend.sent).toHaveLength(1);
    expect(withSignal(written).outboxAdd.map(({ type }) => type)).toContain('resolve-targets');
    expect(dispatchesOf(withSignal(written))).toEqual([]);
  });

  it.each([
    [
      'that throws',
      () => {
        throw new Error('no list of members');
      },
      'no list of members',
    ],
    ['whose answer has no targets', () => Promise.resolve({}) as never, 'no list of targets'],
    ['whose answer cannot be stored', () => ({ resolved: true, targets: [{ id: 1n }] }) as never, 'BigInt'],
    ['whose targets have no id', () => ({ resolved: true, targets: [{}] }) as never, 'each with its id'],
    [
      'that predicts nonsense',
      (request: TargetRequest) => ({ ...named(request), predictions: {} }) as never,
      'predicts is no list',
    ],
  ])(
    'and %s costs no signal: the step is held with why, and it is asked again',
    async (_what, answer, why) => {
      let isWell = false;
      const backend = new AtOnceBackend((request) => (isWell ? named(request) : answer(request)));
      const { engine, clock, test } = await start(backend);
      expect(await engine.signal(exited)).toEqual({ accepted: true, duplicate: false });
      await clock.advance(1_000);
      expect(backend.sent).toEqual([]);
      const told = (await engine.log({ limit: 1_000 })).flatMap(({ event }) =>
        event.type === 'targets-resolved' ? [event.resolution] : [],
      );
      expect(told).toEqual([{ resolved: false, targets: [], error: expect.stringContaining(why) }]);
      expect(engine.explain(resource)[0]?.next.what).toContain('could not be resolved');
      isWell = true;
      await clock.advance(31_000);
      expect(backend.sent).toHaveLength(1);
      expect(test.faults).toEqual([]);
    },
  );

  it('is told to do nothing that the disk refused, and is asked again when it takes the signal', async () => {
    let isFull = false;
    const backend = new AtOnceBackend(named);
    const { engine, clock } = await start(backend, () => isFull);
    isFull = true;
    await expect(engine.signal(exited)).rejects.toThrow('the disk is full');
    await clock.advance(5_000);
    expect(backend.sent).toEqual([]);
    isFull = false;
    expect(await engine.signal(exited)).toEqual({ accepted: true, duplicate: false });
    await clock.advance(0);
    expect(backend.sent).toHaveLength(1);
    expect(backend.asked).toHaveLength(2);
  });
});

it('an action that no backend performs holds its step with why, in the transaction of the signal', async () => {
  const { engine, clock, written } = await start(Object.assign(new StandInBackend(), { actions: new Map() }));
  await engine.signal(exited);
  await clock.advance(0);
  expect(eventsOf(withSignal(written))).toContain('targets-resolved');
  expect(engine.explain(resource)[0]?.next.what).toContain('no backend performs stand-in.apply');
});

describe('an orderly stop', () => {
  async function startIn(folder: string, before?: EngineUnderTest, onCommit: () => void = () => undefined) {
    const backend = new AtOnceBackend(named);
    const test = await EngineUnderTest.start({
      folder,
      backend,
      engine: { playbooks, resources },
      ...(before === undefined ? {} : { clock: before.clock }),
      wrapStore: (store) =>
        storeWith(store, {
          commit: (transaction) => {
            if (dispatchesOf(transaction).length > 0) onCommit();
            return store.commit(transaction);
          },
        }),
    });
    await test.clock.advance(1_000);
    return test;
  }

  it('refuses a signal that waits for its batch, and does not take it with an order that nobody sends', async () => {
    const folder = await temporaryFolder();
    const first = await startIn(folder);
    const sent = first.engine.signal(exited);
    for (let turn = 0; first.engine.waiting().decisions === 0 && turn < 100; turn += 1) await null;
    expect(first.engine.waiting().decisions).toBe(1);
    await first.stop();
    expect(await sent).toMatchObject({ accepted: false, later: 'stopping' });
    const second = await startIn(folder, first);
    expect(await second.engine.signal(exited)).toEqual({ accepted: true, duplicate: false });
    await second.clock.advance(1_000);
    expect([first.backend.sent.length, second.backend.sent.length]).toEqual([0, 1]);
  });

  it('while signal and order are being written says of the order that it was never sent; it is made again', async () => {
    const folder = await temporaryFolder();
    let stopping: Promise<void> | null = null;
    const first = await startIn(folder, undefined, () => {
      stopping ??= first.engine.stop();
    });
    expect(await first.engine.signal(exited)).toEqual({ accepted: true, duplicate: false });
    await stopping;
    await first.store.close();
    const second = await startIn(folder, first);
    await second.clock.advance(120_000);
    const ended = (await second.engine.log({ limit: 1_000 })).flatMap(({ event }) =>
      event.type === 'attempt-ended' ? [event.result] : [],
    );
    expect(ended[0]).toMatchObject({ outcome: 'failed', neverSent: true });
    expect([first.backend.sent.length, second.backend.sent.length]).toEqual([0, 1]);
  });
});

describe('a crash around the one transaction of signal and intent', () => {
  it.each([
    ['before it', 'leaves neither: the sender says it again, and one order goes out', { looked: 0, sent: 1 }],
    ['after it', 'leaves both: the order is looked for and not sent', { looked: 1, sent: 0 }],
  ] as const)('%s %s', async (moment, _what, expected) => {
    const clock = new VirtualClock();
    const backend = new AtOnceBackend(named);
    const looked: string[] = [];
    backend.finding = async ({ attempt }) => {
      looked.push(attempt);
      return { found: 'not-found', why: 'nobody remembers' };
    };
    let running: RunningEngine | null = null;
    let ended: Promise<void> | null = null;
    const memory = await embeddedHarness({
      store: (store) =>
        storeWith(store, {
          commit: async (transaction) => {
            const isIt = ended === null && dispatchesOf(transaction).length > 0;
            if (isIt && moment === 'before it') ended = running?.kill() ?? null;
            const receipt = await store.commit(transaction);
            if (isIt) ended = running?.kill() ?? null;
            return isIt ? new Promise<never>(() => undefined) : receipt;
          },
        }),
    }).makeMemory();
    onTestFinished(() => memory.drop());
    const world = {
      playbooks,
      resources,
      backends: [backend],
      clock,
      random: () => 0.5,
      onNotify: () => undefined,
      onFault: () => undefined,
    };
    running = await memory.start(world);
    await clock.advance(1_000);
    let acknowledged = false;
    void running.engine.signal(exited).then(() => {
      acknowledged = true;
    });
    await vi.waitFor(() => expect(ended, 'no transaction held the order').not.toBeNull());
    await ended;
    expect([acknowledged, backend.sent]).toEqual([false, []]);

    const after = await memory.start(world);
    const again = after.engine.signal(exited);
    await clock.advance(1_000);
    expect(await again).toEqual({ accepted: true, duplicate: moment === 'after it' });
    expect({ looked: looked.length, sent: backend.sent.length }).toEqual(expected);
    await after.kill();
  });
});

it('a pause decided in the same transaction reaches a resource that was first heard of in it', async () => {
  const backend = Object.assign(new StandInBackend({ cancels: true }), {
    resolveAtOnce: () => ({ resolved: true, targets: [{ id: 'minion1', responding: null }] }),
  });
  const anyApp = parsePlaybook(
    `
playbook: any-app
for: app/*
open: { signals: [process.exit], quorum: { hosts: 1 }, confirm: none, graceAfterStart: 0s }
ladder:
  - { action: stand-in.apply, target: 'list:minion1', autonomy: auto, every: 60s, deadline: 10s, window: 20s, soak: 2s }
`,
    'any-app.yaml',
  );
  const { engine, clock } = await EngineUnderTest.start({
    folder: await temporaryFolder(),
    backend,
    engine: { playbooks: anyApp.playbooks, resources: [] },
  });
  const sent = engine.signal({ ...exited, resource: 'app/new' });
  for (let turn = 0; engine.waiting().decisions === 0 && turn < 100; turn += 1) await null;
  await Promise.all([sent, engine.pause('ada', 'wait')]);
  await clock.advance(0);
  const told = (await engine.log({ limit: 100 })).filter(({ event }) => event.type === 'kill-switch');
  expect(told.map(({ resource: name }) => name)).toEqual(['*', 'app/new']);
  expect(backend.sent).toHaveLength(1);
  expect(backend.cancelled).toEqual(backend.sent.map(({ order }) => order.attempt));
});
