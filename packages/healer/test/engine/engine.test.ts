import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { ActionFacts, ActionResult } from '@prunella/core';
import { defaultFleetSettings } from '@prunella/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { databaseFileName, openSqliteStore } from '../../src/store/sqlite-store.ts';
import { emptyTransaction, type Store, signalMemoryMs } from '../../src/store/store.ts';
import { storeWith } from '../store/store-with.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { EngineUnderTest, exited, resource } from './engine-under-test.ts';
import { StandInBackend } from './stand-in-backend.ts';
import { VirtualClock } from './virtual-clock.ts';

const allDown = { a: 'down', b: 'down', c: 'down' } as const;
const allOk = { a: 'ok', b: 'ok', c: 'ok' } as const;

const succeeded: ActionResult = {
  outcome: 'succeeded',
  summary: 'done',
  targets: [{ id: 'minion1', outcome: 'succeeded', detail: 'done', fenced: false }],
};

/** Healthy for a while, then down until the first step was sent. */
async function outage(test: EngineUnderTest): Promise<void> {
  await test.pass(3, allOk);
  test.database(false);
  await test.pass(8, allDown);
}

/** Seconds go by, and nobody's condition changes. */
async function passUntil(test: EngineUnderTest, isSo: () => boolean): Promise<void> {
  for (let second = 0; second < 30 && !isSo(); second += 1) await test.pass(1, allDown);
}

describe('an outage', () => {
  it('that three instances report leads to one attempt, verified, and one closed incident', async () => {
    const test = await EngineUnderTest.start({ folder: await temporaryFolder() });
    await outage(test);
    expect(test.backend.sent).toHaveLength(1);
    const { order, context, end } = test.backend.sent[0] ?? test.backend.of('the first');
    expect(order).toMatchObject({ resource, action: 'stand-in.apply', targets: ['minion1'], resolved: true });
    context.onReference('job 1');
    test.database(true);
    end(succeeded);
    await test.pass(10, allOk);

    expect(test.backend.sent).toHaveLength(1);
    const [incident, ...others] = await test.engine.incidents({ limit: 10 });
    expect(others).toEqual([]);
    expect(incident).toMatchObject({
      resource,
      state: 'closed',
      attempts: [{ action: 'stand-in.apply', phase: 'ended', outcome: 'succeeded', verdict: 'effective' }],
    });
    expect(test.engine.explain()).toMatchObject([{ resource, state: 'ok' }]);
    const types = await test.eventTypes();
    const life = types.filter(
      (type) => type.startsWith('incident') || type.startsWith('attempt') || type.startsWith('verdict'),
    );
    expect(life).toEqual([
      'incident-suspected',
      'incident-opened',
      'attempt-proposed',
      'attempt-intended',
      'attempt-dispatched',
      'attempt-ended',
      'verdict-given',
      'incident-closed',
    ]);
    expect(test.engine.ledger()).toMatchObject({ accepted: 1, executed: 1, pending: 0 });
    expect(test.faults).toEqual([]);
  });

  it('is on disk with the intent and the order before the backend is called', async () => {
    const folder = await temporaryFolder();
    const backend = new StandInBackend();
    const seen: unknown[] = [];
    backend.onDispatch = (order) => {
      const other = new DatabaseSync(join(folder, databaseFileName), { readOnly: true });
      const intent = other
        .prepare(`SELECT event FROM events WHERE event LIKE '%"attempt-intended"%'`)
        .all()
        .map((row) => JSON.parse(String(Object.values(row)[0])));
      const attempts = other.prepare('SELECT attempt, reference, ended FROM attempts').all();
      const outbox = other
        .prepare('SELECT command FROM outbox')
        .all()
        .map((row) => JSON.parse(String(Object.values(row)[0])))
        .filter((command) => command.type === 'dispatch');
      other.close();
      seen.push({ attempt: order.attempt, intent, attempts, outbox });
    };
    const test = await EngineUnderTest.start({ folder, backend });
    await outage(test);
    const { order } = test.backend.sent[0] ?? test.backend.of('the first');
    expect(seen).toEqual([
      {
        attempt: order.attempt,
        intent: [expect.objectContaining({ attempt: order.attempt, targets: ['minion1'] })],
        attempts: [{ attempt: order.attempt, reference: null, ended: 0 }],
        outbox: [{ type: 'dispatch', order }],
      },
    ]);
  });

  it('tells the complaining instances to probe after the action, and the others of the recovery', async () => {
    const test = await EngineUnderTest.start({ folder: await temporaryFolder() });
    await test.pass(3, { a: 'ok', b: 'ok', c: 'ok' });
    test.database(false);
    await test.pass(8, { a: 'down', b: 'down', c: 'ok' });
    const never = new AbortController().signal;
    const complaining = test.engine.directives('actioner/one/a', null, never);
    const other = test.engine.directives('actioner/one/c', null, never);
    test.database(true);
    test.backend.sent[0]?.end(succeeded);
    await test.clock.advance(0);
    expect((await complaining).directives).toMatchObject([{ directive: 'probe', resource }]);
    await test.pass(10, allOk);
    expect((await other).directives).toMatchObject([{ directive: 'recovered', resource }]);
  });
});

describe('a signal', () => {
  it('is on disk when it is acknowledged', async () => {
    const folder = await temporaryFolder();
    const test = await EngineUnderTest.start({ folder });
    const acknowledged = test.engine.signal(exited).then((receipt) => {
      const other = new DatabaseSync(join(folder, databaseFileName), { readOnly: true });
      const found = other.prepare(`SELECT event FROM events WHERE event LIKE '%"signal-received"%'`).all();
      other.close();
      return { receipt, found: found.length };
    });
    expect(await acknowledged).toEqual({ receipt: { accepted: true, duplicate: false }, found: 1 });
  });

  it('repeated is a duplicate: at the same moment, later, and after a restart', async () => {
    const folder = await temporaryFolder();
    const test = await EngineUnderTest.start({ folder });
    const both = await Promise.all([test.engine.signal(exited), test.engine.signal(exited)]);
    expect(both).toEqual([
      { accepted: true, duplicate: false },
      { accepted: true, duplicate: true },
    ]);
    expect(await test.engine.signal(exited)).toEqual({ accepted: true, duplicate: true });
    expect(await test.engine.signal({ ...exited, source: 'another' })).toEqual({
      accepted: true,
      duplicate: false,
    });
    await test.stop();
    const again = await EngineUnderTest.start({ folder, clock: test.clock });
    expect(await again.engine.signal(exited)).toEqual({ accepted: true, duplicate: true });
    expect((await again.eventTypes()).filter((type) => type === 'signal-received')).toHaveLength(2);
  });

  it('of another type is not taken for one of the same id: nobody hides what the healer saw', async () => {
    const test = await EngineUnderTest.start({ folder: await temporaryFolder() });
    const isNew = { accepted: true, duplicate: false };
    expect(await test.engine.signal({ ...exited, type: 'guessed' })).toEqual(isNew);
    expect(await test.engine.signal(exited)).toEqual(isNew);
  });

  it('that a version before took is known for as long as that one would have known it', async () => {
    const folder = await temporaryFolder();
    const clock = new VirtualClock(1_700_000_000_000);
    const before = await openSqliteStore({ folder, now: () => clock.now() });
    const key = JSON.stringify([exited.source, exited.id]);
    await before.commit({ ...emptyTransaction, signals: [{ key, at: clock.now() }] });
    await before.close();
    const asked: string[] = [];
    const wrapStore = (store: Store) =>
      storeWith(store, {
        hasSignal: (each) => {
          asked.push(each);
          return store.hasSignal(each);
        },
      });
    const test = await EngineUnderTest.start({ folder, clock, wrapStore });
    expect(await test.engine.signal(exited)).toEqual({ accepted: true, duplicate: true });
    await clock.set(signalMemoryMs + 1);
    asked.length = 0;
    expect(await test.engine.signal(exited)).toEqual({ accepted: true, duplicate: false });
    expect(asked).toHaveLength(1);
  });

  it('for a resource that no playbook owns is refused with why', async () => {
    const test = await EngineUnderTest.start({ folder: await temporaryFolder() });
    expect(await test.engine.signal({ ...exited, resource: 'redis/cache' })).toMatchObject({
      accepted: false,
      reason: expect.stringContaining('no playbook owns redis/cache'),
    });
  });
});

describe('the kill switch', () => {
  it('lets nothing be granted, also after a restart, until it is lifted', async () => {
    const folder = await temporaryFolder();
    const before = await EngineUnderTest.start({ folder });
    await before.engine.pause('ada', 'migration');
    await outage(before);
    expect(before.backend.sent).toEqual([]);
    expect(before.engine.explain(resource)[0]?.state).not.toBe('ok');
    await before.stop();

    const after = await EngineUnderTest.start({ folder, clock: before.clock, isUp: false });
    await after.pass(20, allDown);
    expect(after.backend.sent).toEqual([]);
    await after.engine.resume('grace');
    await after.pass(10, allDown);
    expect(after.backend.sent).toHaveLength(1);
    const entries = await after.engine.log({ resource: '*', limit: 1_000 });
    expect(entries.map(({ event }) => event)).toEqual([
      { type: 'kill-switch', paused: true, by: 'ada', reason: 'migration' },
      { type: 'kill-switch', paused: false, by: 'grace', reason: 'resumed' },
    ]);
  });
});

describe('an alarm of the whole fleet', () => {
  it('stands in the log once when it begins and once when it ends, for every resource', async () => {
    const fleet = { ...defaultFleetSettings, storm: { ...defaultFleetSettings.storm, incidents: 1 } };
    const test = await EngineUnderTest.start({
      folder: await temporaryFolder(),
      engine: { settings: { observe: { okHeartbeatMs: 1_000 }, fleet } },
    });
    await outage(test);
    await test.pass(320, allDown);
    const entries = await test.engine.log({ resource: '*', limit: 1_000 });
    expect(entries.map(({ event }) => event)).toEqual([
      { type: 'fleet-alarm', alarm: 'storm', began: true, reason: expect.stringContaining('1 incident') },
      { type: 'fleet-alarm', alarm: 'storm', began: false, reason: expect.stringContaining('1 incident') },
    ]);
  });
});

describe('what others do', () => {
  it('holds what is due until its source says that it is over, and is not minded for a resource of nobody', async () => {
    const test = await EngineUnderTest.start({ folder: await temporaryFolder() });
    const now = test.clock.now();
    const job = { what: 'highstate', detail: 'job 1', targets: null, since: now, until: now + 3_600_000 };
    test.engine.acting('salt', 'nobody/here', [job]);
    test.engine.acting('salt', resource, [job]);
    await outage(test);
    const next = () => test.engine.explain(resource)[0]?.next.what ?? '';
    await passUntil(test, () => next().includes('highstate'));
    expect(next()).toContain('highstate');
    expect(test.backend.sent).toEqual([]);
    test.engine.acting('salt', resource, []);
    await passUntil(test, () => test.backend.sent.length > 0);
    expect(test.backend.sent).toHaveLength(1);
    expect(test.engine.explain().map((each) => each.resource)).toEqual([resource]);
  });
});

describe('the advice on autonomy', () => {
  it('knows of each action what its backend allows at most', async () => {
    class AskingBackend extends StandInBackend {
      override readonly actions = new Map<string, ActionFacts>([
        ['stand-in.apply', { action: 'stand-in.apply', effect: 'repairs', highestAutonomy: 'auto' }],
        ['stand-in.restart', { action: 'stand-in.restart', effect: 'disrupts', highestAutonomy: 'ask' }],
      ]);
    }
    const folder = await temporaryFolder();
    const test = await EngineUnderTest.start({ folder, autonomy: 'ask', backend: new AskingBackend() });
    expect(
      test.engine.autonomy().map(({ step, recommended, advice }) => [step, recommended, advice]),
    ).toEqual([
      ['stand-in.apply', null, expect.stringContaining('0 of 20 decisions')],
      ['stand-in.restart', null, 'stand-in.restart is never run without a person'],
    ]);
  });
});

describe('a person', () => {
  it('is asked, and the approval starts the attempt', async () => {
    const test = await EngineUnderTest.start({ folder: await temporaryFolder(), autonomy: 'ask' });
    await outage(test);
    expect(test.backend.sent).toEqual([]);
    const [incident] = await test.engine.incidents({ open: true, limit: 1 });
    const attempt = incident?.attempts.find((each) => each.phase === 'awaiting-approval')?.attempt ?? 'none';
    const approve = { id: 'c1', by: 'ada', command: { type: 'approve', attempt } } as const;
    expect(await test.engine.command(resource, approve)).toMatchObject({ accepted: true });
    await test.pass(5, allDown);
    expect(test.backend.sent.map(({ order }) => order.attempt)).toEqual([attempt]);
  });

  it('who approves what does not exist is told so', async () => {
    const test = await EngineUnderTest.start({ folder: await temporaryFolder() });
    const approve = { id: 'c1', by: 'ada', command: { type: 'approve', attempt: 'none' } } as const;
    const receipt = await test.engine.command(resource, approve);
    expect(receipt.accepted).toBe(false);
  });
});

describe('after a restart', () => {
  it('an attempt that runs is found, waited for, and verified; nothing is sent again', async () => {
    const folder = await temporaryFolder();
    const before = await EngineUnderTest.start({ folder });
    await outage(before);
    const sent = before.backend.sent[0] ?? before.backend.of('the first');
    sent.context.onReference('job 1');
    await before.clock.advance(0);
    await before.stop();

    const backend = new StandInBackend();
    let end: (result: ActionResult) => void = () => undefined;
    const lookedFor: unknown[] = [];
    backend.finding = async (order, reference) => {
      lookedFor.push([order.attempt, reference]);
      const result = new Promise<ActionResult>((resolve) => {
        end = resolve;
      });
      return { found: 'running', reference: 'job 1', result };
    };
    const after = await EngineUnderTest.start({ folder, clock: before.clock, backend, isUp: false });
    await after.pass(2, allDown);
    expect(lookedFor).toEqual([[sent.order.attempt, 'job 1']]);
    after.database(true);
    end(succeeded);
    await after.pass(10, allOk);
    expect(backend.sent).toEqual([]);
    expect(await after.engine.incidents({ limit: 10 })).toMatchObject([
      { state: 'closed', attempts: [{ attempt: sent.order.attempt, verdict: 'effective' }] },
    ]);
  });

  it('of the healer by an orderly stop, the backend is told to let go and its answer is not taken for a result', async () => {
    const folder = await temporaryFolder();
    const before = await EngineUnderTest.start({ folder });
    await outage(before);
    const sent = before.backend.sent[0] ?? before.backend.of('the first');
    const stopping = before.engine.stop();
    expect(sent.context.signal.aborted).toBe(true);
    sent.end({ outcome: 'unknown', summary: 'let go', targets: [] });
    await stopping;
    const { openAttempts } = await before.store.load();
    expect(openAttempts.map(({ order }) => order.attempt)).toEqual([sent.order.attempt]);
  });
});

describe('a disk that refuses', () => {
  it('nothing is acknowledged and nothing done; when it takes again, all goes on', async () => {
    let isFull = false;
    const test = await EngineUnderTest.start({
      folder: await temporaryFolder(),
      wrapStore: (store) =>
        storeWith(store, {
          // A stand-in for a full disk.
          commit: (transaction) =>
            isFull ? Promise.reject(new Error('the disk is full')) : store.commit(transaction),
        }),
    });
    await test.pass(3, allOk);
    isFull = true;
    await expect(test.engine.signal(exited)).rejects.toThrow('the disk is full');
    test.database(false);
    await test.pass(20, allDown);
    expect(test.backend.sent).toEqual([]);
    expect(test.faults).toContain('write what was decided: the disk is full');
    isFull = false;
    await test.pass(10, allDown);
    expect(test.backend.sent).toHaveLength(1);
    expect(await test.engine.signal(exited)).toEqual({ accepted: true, duplicate: false });
  });
});

describe('a backend that answers with what cannot be stored', () => {
  it('costs its own result only: the outcome is unknown, and everything else goes on', async () => {
    const test = await EngineUnderTest.start({ folder: await temporaryFolder() });
    await outage(test);
    const broken = { ...succeeded, targets: [{ id: 1n }] };
    test.backend.sent[0]?.end(broken as unknown as ActionResult);
    test.report('a', 'degraded');
    // With a command among them they are one batch: signals alone go before the result.
    const command = { type: 'announce-deploy', forMs: 0, what: 'it' } as const;
    const commanded = test.engine.command(resource, { id: 'deploy', by: 'ada', command });
    expect(await test.engine.signal(exited)).toEqual({ accepted: true, duplicate: false });
    expect(await commanded).toMatchObject({ accepted: true });
    expect(test.faults.join()).toMatch(/result of postgres\/main.*not JSON/);
    await test.pass(30, allDown);
    const results = (await test.engine.log({ limit: 1_000 })).flatMap(({ event }) =>
      event.type === 'attempt-ended' ? [event.result.outcome] : [],
    );
    expect(results).toEqual(['unknown']);
  });
});

describe('a flood of reports', () => {
  it('reaches the machine as one summary, the newest', async () => {
    const test = await EngineUnderTest.start({ folder: await temporaryFolder() });
    await test.pass(3, allOk);
    const before = (await test.engine.log({ limit: 1_000 })).length;
    for (let round = 0; round < 50; round += 1) {
      for (let instance = 0; instance < 100; instance += 1) {
        expect(test.report(`flood ${instance}`, round % 2 === 0 ? 'down' : 'ok')).toBeNull();
      }
    }
    await test.clock.advance(100);
    const entries = await test.engine.log({ after: before, limit: 1_000 });
    expect(entries.map(({ event }) => event)).toEqual([
      expect.objectContaining({ type: 'summary-changed', observers: 103 }),
    ]);
  });
});

describe('the log', () => {
  it('is told live, each entry once and after it is on disk, until unsubscribed', async () => {
    const folder = await temporaryFolder();
    const test = await EngineUnderTest.start({ folder });
    const other = new DatabaseSync(join(folder, databaseFileName), { readOnly: true });
    onTestFinished(() => other.close());
    const known = other.prepare('SELECT count(*) AS count FROM events WHERE sequence = ?');
    const heard: number[] = [];
    const unsubscribe = test.engine.onLog((entry) => {
      expect(known.get(entry.sequence)).toEqual({ count: 1 });
      heard.push(entry.sequence);
    });
    const start = (await test.engine.log({ limit: 1_000 })).length;
    await outage(test);
    unsubscribe();
    const entries = await test.engine.log({ after: start, limit: 1_000 });
    expect(heard).toEqual(entries.map((entry) => entry.sequence));
    expect(entries.map((entry) => entry.sequence)).toEqual(entries.map((_, index) => start + index + 1));
    const count = heard.length;
    test.backend.sent[0]?.end(succeeded);
    await test.pass(2, allOk);
    expect(heard).toHaveLength(count);
  });
});
