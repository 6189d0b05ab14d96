import type { FleetInput, ResourceInput } from '@prunella/core';
import { worldBegan } from '@prunella/core/simulate';
import {
  conditions,
  faultKinds,
  type ObservationSummary,
  protocolVersion,
  type Report,
} from '@prunella/protocol';
import fc from 'fast-check';

const resource = 'rethinkdb/main';
/** Stands for the id of the open incident. */
export const presentIncidentId = 'present incident';
const count = fc.integer({ min: 0, max: 6 });
const time = fc.integer({ min: worldBegan - 3_600_000, max: worldBegan + 7_200_000 });
const names = fc
  .uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', '__proto__'), { maxLength: 4 })
  .map((each) => each.sort());
const node = fc.constantFrom('db1', 'db2', null);
/** Stands for the id of the attempt that is under way; the other is nobody's. */
export const presentAttemptId = 'present';
const attempt = fc.constantFrom(presentAttemptId, presentAttemptId, presentAttemptId, 'unknown');

export const summaries: fc.Arbitrary<ObservationSummary> = fc
  .record({
    ok: count,
    degraded: count,
    down: count,
    unknown: count,
    kinds: fc.dictionary(fc.constantFrom(...faultKinds), fc.integer({ min: 1, max: 5 }), { maxKeys: 3 }),
    hosts: names,
    earliestFaultAt: fc.option(time),
    newestReportAt: fc.option(time),
    settled: fc.boolean(),
    cohort: fc.option(
      fc.record({
        incident: fc.constantFrom('i1', 'i2', presentIncidentId),
        total: count,
        sick: count,
        okSinceMark: count,
        gone: count,
        markAt: fc.option(time),
        ids: names,
      }),
    ),
    newestFault: fc.option(
      fc.record({ at: time, kind: fc.constantFrom(...faultKinds), text: fc.constantFrom('x', 'y') }),
    ),
    cacheOnly: count,
  })
  .map(({ ok, degraded, down, unknown, kinds, hosts, ...rest }) => ({
    resource,
    observers: ok + degraded + down + unknown,
    conditions: { ok, degraded, down, unknown },
    sickByKind: kinds,
    hosts: { observing: hosts, sick: hosts.slice(1) },
    services: { observing: hosts, sick: hosts.slice(1) },
    ...rest,
  }));

/** All that complained are well again. */
const recovered: ObservationSummary = {
  resource,
  observers: 3,
  conditions: { ok: 3, degraded: 0, down: 0, unknown: 0 },
  sickByKind: {},
  hosts: { observing: ['a', 'b', 'c'], sick: [] },
  services: { observing: ['a'], sick: [] },
  earliestFaultAt: null,
  newestReportAt: worldBegan,
  settled: true,
  cohort: {
    incident: presentIncidentId,
    total: 3,
    sick: 0,
    okSinceMark: 3,
    gone: 0,
    markAt: null,
    ids: ['a', 'b', 'c'],
  },
};

export const reports: fc.Arbitrary<Report> = fc
  .record({
    process: fc.constantFrom('a', 'b', 'c', '__proto__'),
    epoch: fc.constantFrom('e1', 'e2'),
    sequence: fc.integer({ min: 1, max: 30 }),
    condition: fc.constantFrom(...conditions),
    kind: fc.option(fc.constantFrom(...faultKinds), { nil: undefined }),
    age: fc.integer({ min: 0, max: 100_000 }),
    successes: count,
    goodbye: fc.constantFrom(false, false, false, true),
  })
  .map(({ process, epoch, sequence, condition, kind, age, successes, goodbye }) => ({
    protocol: protocolVersion,
    service: 'actioner',
    host: process,
    instance: `actioner/host/${process}`,
    epoch,
    sequence,
    heartbeatMs: 5_000,
    ...(goodbye ? { goodbye } : {}),
    conditions: [
      {
        resource,
        condition,
        sinceMs: age,
        successes,
        faults: {},
        firstFaultAgeMs: age,
        lastSuccessAgeMs: age,
        ...(kind === undefined ? {} : { lastFaultKind: kind }),
      },
    ],
  }));

const probes = fc
  .record({
    node,
    passed: fc.boolean(),
    beganAt: time,
    tookMs: count,
    kind: fc.option(fc.constantFrom(...faultKinds), { nil: undefined }),
  })
  .map(({ node: probed, passed, beganAt, tookMs, kind }) => ({
    resource,
    node: probed,
    passed,
    beganAt,
    endedAt: beganAt + tookMs,
    detail: passed ? 'answered' : 'refused',
    ...(kind === undefined ? {} : { kind }),
  }));

const results = fc
  .record({
    outcome: fc.constantFrom('succeeded' as const, 'failed' as const, 'unknown' as const),
    neverSent: fc.constantFrom(true, undefined),
    helped: fc.boolean(),
  })
  .map(({ outcome, neverSent, helped }) => ({
    outcome,
    summary: outcome,
    targets: [
      {
        id: 't1',
        outcome: helped ? ('succeeded' as const) : ('failed' as const),
        detail: '',
        fenced: helped,
      },
    ],
    ...(neverSent === undefined ? {} : { neverSent }),
  }));

const resolutions = fc
  .record({
    resolved: fc.boolean(),
    ids: fc.uniqueArray(fc.constantFrom('t1', 't2', 'other')),
    responding: fc.constantFrom(true, false, null),
    error: fc.constantFrom(undefined, undefined, 'down'),
  })
  .map(({ resolved, ids, responding, error }) => ({
    resolved,
    targets: ids.map((id) => ({ id, responding })),
    ...(error === undefined ? {} : { error }),
  }));

const permits = fc.oneof(
  fc.record({ number: fc.nat(), expiresAt: time }).map(({ number, expiresAt }) => ({
    type: 'granted' as const,
    permit: `p${number}`,
    fence: { authority: 'a', generation: 1, number },
    expiresAt,
  })),
  fc.option(time).map((until) => ({
    type: 'held' as const,
    hold: { guardrail: 'budget', reason: 'spent', until, remedy: 'wait' },
  })),
);

const commands = fc.oneof(
  attempt.map((id) => ({ type: 'approve' as const, attempt: id })),
  attempt.map((id) => ({ type: 'reject' as const, attempt: id, reason: 'no' })),
  fc.constant({ type: 'resume-ladder' as const }),
  fc.constant({ type: 'close' as const, reason: 'done' }),
);

const signals = fc
  .record({
    id: fc.constantFrom('1', '2'),
    type: fc.constantFrom('process.exit', 'alert'),
    node,
    firing: fc.boolean(),
  })
  .map(({ id, type, node: named, firing }) => ({
    id,
    source: 's',
    type,
    resource,
    status: firing ? ('firing' as const) : ('resolved' as const),
    summary: 'x',
    ...(named === null ? {} : { node: named }),
  }));

/** What people say of their own work, and of what a step did. */
export const announcements = fc.oneof(
  fc.constant({ type: 'claim' as const, reason: '' }),
  fc.constant({ type: 'release' as const }),
  fc.integer({ min: 0, max: 200_000 }).map((forMs) => ({
    type: 'maintenance-begin' as const,
    forMs,
    reason: '',
  })),
  fc.constant({ type: 'maintenance-end' as const }),
  fc
    .integer({ min: -1, max: 20_000 })
    .map((forMs) => ({ type: 'announce-deploy' as const, forMs, what: 'x' })),
  fc.constant({ type: 'announce-drill' as const, drill: 'kill-database' }),
  fc.constantFrom('highstate', 'restart').map((step) => ({ type: 'lift-demotion' as const, step })),
  attempt.map((id) => ({ type: 'judge-harmful' as const, attempt: id, reason: '' })),
);

/** What the engine and the fleet tell of the world around the resource. */
export const surroundings: fc.Arbitrary<ResourceInput> = fc.oneof(
  fc
    .record({
      source: fc.constantFrom('salt', 'patroni'),
      count: fc.integer({ min: 0, max: 3 }),
      until: time,
    })
    .map(({ source, count: many, until }) => ({
      type: 'acting' as const,
      source,
      acting: Array.from({ length: many }, () => ({
        what: 'salt-job',
        detail: 'x',
        targets: many === 2 ? ['t1'] : null,
        since: worldBegan,
        until,
      })),
    })),
  fc.double({ min: 0, max: 2, noNaN: true }).map((utilisation) => ({
    type: 'load' as const,
    load: { at: worldBegan, of: 'connections', utilisation },
  })),
  fc.boolean().map((isSick) => ({
    type: 'upstream' as const,
    sick: isSick ? [{ resource: 'disk/data', since: worldBegan }] : [],
  })),
  fc.option(time).map((endedAt) => ({
    type: 'lineage' as const,
    incident: presentIncidentId,
    cause: { attempt: 'other.1', resource: 'redis/cache', targets: ['t1'], startedAt: worldBegan, endedAt },
  })),
  attempt.map((id) => ({ type: 'harm' as const, attempt: id, reason: 'redis/cache broke' })),
);

const alarms = fc.option(
  fc.option(time).map((until) => ({ since: worldBegan, reason: 'many at once', until })),
  { freq: 1 },
);

export const resourceInputs: fc.Arbitrary<ResourceInput> = fc.oneof(
  { weight: 8, arbitrary: fc.constant({ type: 'summary' as const, summary: recovered }) },
  { weight: 32, arbitrary: summaries.map((summary) => ({ type: 'summary' as const, summary })) },
  { weight: 32, arbitrary: probes.map((result) => ({ type: 'probe' as const, result })) },
  { weight: 8, arbitrary: signals.map((signal) => ({ type: 'signal' as const, signal })) },
  {
    weight: 24,
    arbitrary: commands.map((command) => ({
      type: 'operator' as const,
      command: { id: 'c', by: 'ada', command },
    })),
  },
  {
    weight: 24,
    arbitrary: fc.record({ type: fc.constant('targets' as const), attempt, resolution: resolutions }),
  },
  { weight: 24, arbitrary: fc.record({ type: fc.constant('permit' as const), attempt, decision: permits }) },
  {
    weight: 8,
    arbitrary: attempt.map((id) => ({ type: 'dispatched' as const, attempt: id, reference: 'r' })),
  },
  { weight: 24, arbitrary: fc.record({ type: fc.constant('result' as const), attempt, result: results }) },
  { weight: 8, arbitrary: fc.constant({ type: 'healer-started' as const }) },
  {
    weight: 8,
    arbitrary: fc.tuple(fc.boolean(), alarms, alarms).map(([paused, storm, isolation]) => ({
      type: 'fleet' as const,
      fleet: { paused: paused ? { by: 'ada', reason: 'x', at: worldBegan } : null, storm, isolation },
    })),
  },
  { weight: 2, arbitrary: surroundings },
  {
    weight: 3,
    arbitrary: announcements.map((command) => ({
      type: 'operator' as const,
      command: { id: 'c', by: 'ada', command },
    })),
  },
  { weight: 32, arbitrary: fc.constant({ type: 'tick' as const }) },
);

export const fleetInputs: fc.Arbitrary<FleetInput> = fc.oneof(
  fc
    .record({
      number: fc.integer({ min: 1, max: 6 }),
      effect: fc.constantFrom('restores' as const, 'repairs' as const, 'disrupts' as const),
      targets: fc.uniqueArray(fc.constantFrom('t1', 't2', 't3'), { minLength: 1 }),
    })
    .map(({ number, effect, targets }) => ({
      type: 'request' as const,
      request: {
        resource: `postgres/r${number % 3}`,
        incident: 'i',
        attempt: `a${number}`,
        effect,
        targets,
        attemptsPerDay: 4,
        disruptivePerFleetHour: 5,
      },
    })),
  fc.integer({ min: 1, max: 6 }).map((number) => ({ type: 'release' as const, attempt: `a${number}` })),
  fc.integer({ min: 1, max: 6 }).map((number) => ({ type: 'used' as const, attempt: `a${number}` })),
  fc
    .record({
      number: fc.integer({ min: 0, max: 5 }),
      open: fc.boolean(),
      well: fc.boolean(),
      probesFailSince: fc.option(time),
      silentSince: fc.option(time),
      upstream: fc.integer({ min: 0, max: 5 }),
    })
    .map(({ number, open, well, upstream, ...since }) => ({
      type: 'standing' as const,
      standing: {
        resource: `postgres/r${number}`,
        incident: well ? null : { id: `i${number}`, open, firstFaultAt: worldBegan },
        ...since,
        targets: [`t${(number % 3) + 1}`],
        dependsOn: [`postgres/r${upstream}`],
        domains: [],
      },
    })),
  fc.integer({ min: 0, max: 20 }).map((resources) => ({ type: 'census' as const, resources })),
  fc.constant({ type: 'pause' as const, by: 'ada', reason: 'x' }),
  fc.constant({ type: 'resume' as const, by: 'ada' }),
  fc.constant({ type: 'tick' as const }),
);
