import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { AttemptOrder, ResourceEvent } from '@prunella/core';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Retention } from '../../src/store/retention.ts';
import { databaseFileName, openSqliteStore } from '../../src/store/sqlite-store.ts';
import type { Store, Transaction } from '../../src/store/store.ts';
import { temporaryFolder } from './temporary-folder.ts';

const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;
const now = 1_000 * dayMs;

const event: ResourceEvent = { type: 'suspicion-ended', reason: 'x'.repeat(200) };

function order(incident: string, attempt: string): AttemptOrder {
  return {
    attempt,
    resource: 'postgres/main',
    incident,
    step: 'restart',
    action: 'process.restart',
    effect: 'disrupts',
    arguments: {},
    target: { select: 'failing-nodes' },
    targets: ['db1'],
    resolved: true,
    fence: { authority: 'x', generation: 1, number: 1 },
    notAfter: 10,
    deadlineAt: 20,
  };
}

interface Past {
  readonly incident: string;
  readonly openedAt: number;
  readonly closedAt: number | null;
  /** Of its attempt; none where left out. */
  readonly attemptEnded?: boolean;
  readonly entries?: number;
}

function transactionOf(past: readonly Past[], loose: readonly number[]): Transaction {
  const resource = 'postgres/main';
  return {
    events: [
      ...loose.map((at) => ({ at, resource, incident: null, event })),
      ...past.flatMap(({ incident, openedAt, entries = 2 }) =>
        Array.from({ length: entries }, (_, index) => ({ at: openedAt + index, resource, incident, event })),
      ),
    ].toSorted((left, right) => left.at - right.at),
    statesGone: [],
    states: new Map([['resource/postgres/main', { version: 1 }]]),
    outboxAdd: [{ type: 'wake', resource, at: 1 }],
    outboxDone: [],
    attempts: past.flatMap(({ incident, attemptEnded }) =>
      attemptEnded === undefined
        ? []
        : [{ order: order(incident, `${incident}.1`), reference: null, ended: attemptEnded }],
    ),
    signals: [],
    incidents: past.map(({ incident, openedAt, closedAt }) => ({
      incident,
      resource,
      openedAt,
      closedAt,
      story: {
        incident,
        resource,
        playbook: 'database',
        state: closedAt === null ? ('open' as const) : ('closed' as const),
        openedAt,
        firstFaultAt: openedAt,
        closedAt,
        credit: null,
        story: 'unreachable',
        attempts: [],
      },
    })),
  };
}

/** A store with this past, and its clean-up in the hand of the test. */
async function storeWith(past: readonly Past[], loose: readonly number[], settings = {}) {
  const folder = await temporaryFolder();
  const store = await openSqliteStore({ folder, now: () => now, retention: keepAll });
  onTestFinished(() => store.close());
  await store.commit(transactionOf(past, loose));
  const database = new DatabaseSync(join(folder, databaseFileName));
  onTestFinished(() => database.close());
  const retention = new Retention(database, { ageMs: 90 * dayMs, sizeBytes: 2 ** 40, ...settings });
  return { store, database, retention };
}

const keepAll = { ageMs: Number.MAX_SAFE_INTEGER, sizeBytes: Number.MAX_SAFE_INTEGER };

function sweepAll(retention: Retention): number {
  for (let sweeps = 1; sweeps < 10_000; sweeps += 1) if (!retention.sweep(now)) return sweeps;
  throw new Error('the clean-up never ends');
}

const old = now - 91 * dayMs;

describe('what is kept of the past', () => {
  it('an incident goes as a whole when its closing is too long ago', async () => {
    const { store, database, retention } = await storeWith(
      [
        { incident: 'gone', openedAt: old - dayMs, closedAt: old, attemptEnded: true },
        { incident: 'kept', openedAt: old - dayMs, closedAt: now - 90 * dayMs, attemptEnded: true },
      ],
      [],
    );
    sweepAll(retention);
    expect(await store.read({ incident: 'gone', limit: 10 })).toEqual([]);
    expect(await store.read({ incident: 'kept', limit: 10 })).toHaveLength(2);
    expect((await store.incidents({ limit: 10 })).map(({ incident }) => incident)).toEqual(['kept']);
    expect(database.prepare('SELECT attempt FROM attempts').all()).toEqual([{ attempt: 'kept.1' }]);
  });

  it('what is open is kept however old it is: incidents, attempts without a result, states, the outbox', async () => {
    const { store, database, retention } = await storeWith(
      [
        { incident: 'open', openedAt: 1, closedAt: null, attemptEnded: true },
        { incident: 'running', openedAt: 1, closedAt: 2, attemptEnded: false },
      ],
      [1, now],
      { sizeBytes: 0 },
    );
    sweepAll(retention);
    expect(await store.read({ incident: 'open', limit: 10 })).toHaveLength(2);
    expect(await store.read({ incident: 'running', limit: 10 })).toHaveLength(2);
    expect(await store.incidents({ limit: 10 })).toHaveLength(2);
    expect(database.prepare('SELECT count(*) AS n FROM attempts').get()).toEqual({ n: 2 });
    const { states, outbox, openAttempts } = await store.load();
    expect([states.size, outbox.length, openAttempts.length]).toEqual([1, 1, 1]);
    expect((await store.read({ limit: 10 })).filter(({ incident }) => incident === null)).toMatchObject([
      { at: now },
    ]);
  });

  it('beyond the size the oldest goes before its age, but nothing of the last hour', async () => {
    const past = Array.from({ length: 300 }, (_, index) => ({
      incident: `i${index}`,
      openedAt: now - (310 - index) * hourMs,
      closedAt: now - (310 - index) * hourMs + 1_000,
      entries: 20,
    }));
    const young = { incident: 'young', openedAt: now - 2_000, closedAt: now - 1_000, entries: 20 };
    const { store, retention } = await storeWith([...past, young], []);
    const before = retention.usedBytes();
    const settings = { ageMs: 90 * dayMs, sizeBytes: before / 2 };
    const { store: bounded, retention: bounding } = await storeWith([...past, young], [], settings);
    sweepAll(bounding);
    expect(bounding.usedBytes()).toBeLessThanOrEqual(before / 2);
    const kept = await bounded.incidents({ limit: 1_000 });
    expect(kept.length).toBeGreaterThan(100);
    expect(kept.map(({ incident }) => incident)).toEqual(
      (await store.incidents({ limit: kept.length })).map(({ incident }) => incident),
    );
    expect(kept[0]?.incident).toBe('young');
  });

  it('a great past goes in small steps, and an incident is not cut in two for good', async () => {
    const { store, retention } = await storeWith(
      [{ incident: 'long', openedAt: old - dayMs, closedAt: old, entries: 1_700 }],
      Array.from({ length: 1_200 }, (_, index) => old + index),
    );
    expect(sweepAll(retention)).toBeGreaterThanOrEqual(4);
    expect(await store.read({ limit: 10 })).toEqual([]);
    expect(await store.incidents({ limit: 10 })).toEqual([]);
  });

  it('holds for any past: exactly what is open or young enough is left', async () => {
    const someTime = fc.integer({ min: now - 200 * dayMs, max: now });
    const anyPast = fc.array(
      fc.record({
        openedAt: someTime,
        lasts: fc.option(fc.integer({ min: 0, max: 100 * dayMs })),
        attempt: fc.constantFrom('none', 'ended', 'open'),
      }),
      { maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(anyPast, fc.array(someTime, { maxLength: 30 }), async (given, loose) => {
        const past = given.map(({ openedAt, lasts, attempt }, index): Past => {
          const incident = {
            incident: `i${index}`,
            openedAt,
            closedAt: lasts === null ? null : openedAt + lasts,
          };
          return attempt === 'none' ? incident : { ...incident, attemptEnded: attempt === 'ended' };
        });
        const { store, retention } = await storeWith(past, loose);
        sweepAll(retention);
        const cutoff = now - 90 * dayMs;
        const isKept = ({ closedAt, attemptEnded }: Past) =>
          closedAt === null || closedAt >= cutoff || attemptEnded === false;
        const kept = past.filter(isKept).map(({ incident }) => incident);
        const incidents = await store.incidents({ limit: 1_000 });
        expect(incidents.map(({ incident }) => incident).toSorted()).toEqual(kept.toSorted());
        const entries = await store.read({ limit: 1_000 });
        expect(entries.filter(({ incident }) => incident !== null)).toHaveLength(2 * kept.length);
        expect(entries.flatMap(({ at, incident }) => (incident === null ? [at] : []))).toEqual(
          loose.filter((at) => at >= cutoff).toSorted((left, right) => left - right),
        );
      }),
      { numRuns: 12 },
    );
  });

  it('an open store cleans up by itself, after what was written is answered', async () => {
    let clock = now;
    const folder = await temporaryFolder();
    const retention = { ageMs: dayMs, sizeBytes: 2 ** 40 };
    const store = await openSqliteStore({ folder, now: () => clock, retention });
    onTestFinished(() => store.close());
    const loose = Array.from({ length: 1_200 }, (_, index) => now - 2 * dayMs + index);
    await store.commit(transactionOf([], [...loose, now]));
    await untilLog(store, 701);
    clock += 1_000;
    await store.commit(transactionOf([], []));
    await untilLog(store, 201);
    clock += 1_000;
    await store.commit(transactionOf([], []));
    await untilLog(store, 1);
  });
});

async function untilLog(store: Store, length: number): Promise<void> {
  for (;;) {
    const entries = await store.read({ limit: 1_000 });
    const more = await store.read({ after: entries.at(-1)?.sequence ?? 0, limit: 1_000 });
    if (entries.length + more.length === length) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
