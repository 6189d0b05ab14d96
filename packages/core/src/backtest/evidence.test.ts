import { describe, expect, it } from 'vitest';
import type { LogEntry, ResourceEvent } from '../decide/event.ts';
import { countsOf, evidenceOf, faultAt, standInsFor } from './evidence.ts';

const resource = 'redis/cache';
const minuteMs = 60_000;

const logOf = (...entries: readonly (readonly [at: number, event: ResourceEvent])[]): readonly LogEntry[] =>
  entries.map(([at, event], index) => ({ sequence: index + 1, at, resource, incident: null, event }));

const counts = (down: number, change: object = {}): ResourceEvent => ({
  type: 'summary-changed',
  observers: 4,
  conditions: { ok: 4 - down, degraded: 0, down, unknown: 0 },
  sickByKind: down === 0 ? {} : { unreachable: down },
  sickHosts: down,
  earliestFaultAt: null,
  ...change,
});
const signal = { id: '1', source: 's', type: 'alert', resource, status: 'firing', summary: 'x' } as const;
const result = { outcome: 'succeeded', summary: 'done', targets: [] } as const;
const resolution = { resolved: true, targets: [{ id: 'm1', responding: true }] };
const command = { id: 'c', by: 'ada', command: { type: 'claim', reason: '' } } as const;
const trigger = { fate: 'pending' } as const;
const intended = { type: 'attempt-intended', attempt: 'a1', step: 'apply', run: 1, permit: 'p' } as const;

describe('the evidence of a log', () => {
  it('is what was seen, what was said, and what came of orders', () => {
    const at = 10_000_000;
    const log = logOf(
      [at, counts(0)],
      [
        at + 1_000,
        counts(2, { sickByKind: { unreachable: 1, timeout: 1, caller: 7, odd: 3 }, sickHosts: 2 }),
      ],
      [at + 2_000, { type: 'probe-changed', node: 'c1', passed: false, detail: 'refused' }],
      [at + 3_000, { type: 'signal-received', signal, trigger }],
      [at + 4_000, { type: 'operator-commanded', command, trigger, note: '' }],
      [at + 5_000, { type: 'attempt-proposed', attempt: 'a1', step: 'apply', run: 1 }],
      [at + 6_000, { type: 'targets-resolved', attempt: 'a1', resolution }],
      [at + 6_500, { type: 'targets-resolved', attempt: 'unknown', resolution }],
      [at + 7_000, { ...intended, targets: ['m1'], resolved: true }],
      [at + 9_500, { type: 'attempt-ended', attempt: 'a1', result }],
      [at + 9_600, { type: 'attempt-ended', attempt: 'unknown', result }],
      [at + 9_700, counts(0)],
    );
    expect(evidenceOf(resource, log)).toEqual({
      resource,
      counts: [
        { at, observers: 4, sick: [] },
        { at: at + 1_000, observers: 4, sick: ['unreachable', 'timeout'] },
        { at: at + 9_700, observers: 4, sick: [] },
      ],
      probes: [{ at: at + 2_000, node: 'c1', passed: false, detail: 'refused' }],
      signals: [{ at: at + 3_000, signal }],
      commands: [{ at: at + 4_000, command }],
      results: [{ step: 'apply', at: at + 7_000, tookMs: 2_500, result }],
      resolutions: [{ step: 'apply', resolution }],
      hosts: 2,
      spans: [{ from: at + 1_000 - 3 * minuteMs, to: at + 9_700 + 20 * minuteMs }],
    });
  });

  it('is of one host and no span where nothing was ever wrong', () => {
    expect(evidenceOf(resource, logOf([5, counts(0)]))).toMatchObject({ hosts: 1, spans: [] });
    expect(evidenceOf(resource, [])).toMatchObject({ hosts: 1, spans: [], counts: [] });
  });

  const opened = { type: 'incident-opened', reason: '', firstFaultAt: 0, playbook: 'p' } as const;
  const reopened = { type: 'incident-reopened', reason: '', firstFaultAt: 0 } as const;
  const closed = { type: 'incident-closed', reason: '', credit: { to: 'itself' } } as const;
  const degraded = { conditions: { ok: 3, degraded: 1, down: 0, unknown: 0 }, sickByKind: { timeout: 1 } };
  const apartMs = 23 * minuteMs;

  it.each<
    readonly [what: string, log: readonly LogEntry[], troubled: readonly (readonly [number, number])[]]
  >([
    ['from its opening to its close', logOf([1_000, opened], [5_000, closed]), [[1_000, 5_000]]],
    ['from its opening again to its close', logOf([1_000, reopened], [5_000, closed]), [[1_000, 5_000]]],
    [
      'to the end of the log where it stays open',
      logOf([1_000, opened], [7_000, counts(0)]),
      [[1_000, 7_000]],
    ],
    ['where some are degraded', logOf([1_000, counts(0, degraded)], [4_000, counts(0)]), [[1_000, 4_000]]],
    [
      'while it is open or somebody is sick',
      logOf([1_000, counts(1)], [2_000, opened], [3_000, counts(0)], [4_000, closed], [9_000, counts(0)]),
      [[1_000, 4_000]],
    ],
    ['around a signal', logOf([1_000, { type: 'signal-received', signal, trigger }]), [[1_000, 1_000]]],
    [
      'as one where they touch',
      logOf([0, counts(1)], [1, counts(0)], [1 + apartMs, counts(1)], [2 + apartMs, counts(0)]),
      [[0, 2 + apartMs]],
    ],
    [
      'apart where they do not',
      logOf([0, counts(1)], [1, counts(0)], [2 + apartMs, counts(1)], [3 + apartMs, counts(0)]),
      [
        [0, 1],
        [2 + apartMs, 3 + apartMs],
      ],
    ],
    [
      'as one where the shorter lies within the longer',
      logOf([0, counts(1)], [5_000, { type: 'signal-received', signal, trigger }], [9_000, counts(0)]),
      [[0, 9_000]],
    ],
  ])('spans it with time before and after: %s', (_, log, troubled) => {
    const spans = troubled.map(([from, to]) => ({ from: from - 3 * minuteMs, to: to + 20 * minuteMs }));
    expect(evidenceOf(resource, log).spans).toEqual(spans);
  });

  it('shows a count of ten thousand at most', () => {
    const many = counts(4, { observers: 30_000, sickByKind: { unreachable: 20_000 } });
    expect(evidenceOf(resource, logOf([0, many])).counts[0]?.sick).toHaveLength(10_000);
  });
});

describe('the counts of a span', () => {
  const at = (...times: readonly number[]) =>
    times.map((time) => ({ at: time, observers: time, sick: [] as const }));
  const all = { ...evidenceOf(resource, []), counts: at(100, 200, 300, 400, 500) };

  it.each([
    [150, 350, [100, 200, 300]],
    [200, 400, [200, 300, 400]],
    [199, 399, [100, 200, 300]],
    [50, 99, []],
    [50, 100, [100]],
    [600, 700, [500]],
  ])('from %i to %i are those within, and the last before', (from, to, expected) => {
    expect(countsOf(all, { from, to })).toEqual(at(...expected));
  });
});

describe('the stand-ins of a span', () => {
  const seen = (at: number, observers: number, ...sick: readonly ('unreachable' | 'timeout')[]) => ({
    at,
    observers,
    sick,
  });

  it('are as many as the most observers, and forty at most', () => {
    expect(standInsFor([])).toBe(0);
    expect(standInsFor([seen(0, 3), seen(1, 7), seen(2, 5)])).toBe(7);
    expect(standInsFor([seen(0, 39)])).toBe(39);
    expect(standInsFor([seen(0, 41), seen(1, 3)])).toBe(40);
  });

  it('meet what was counted last, the first of them first', () => {
    const counted = [seen(100, 3, 'unreachable', 'timeout'), seen(200, 3), seen(300, 3, 'timeout')];
    const met = (at: number) => [0, 1, 2].map((number) => faultAt(counted, number, 3, at));
    expect(met(99)).toEqual([null, null, null]);
    expect(met(100)).toEqual(['unreachable', 'timeout', null]);
    expect(met(199)).toEqual(['unreachable', 'timeout', null]);
    expect(met(200)).toEqual([null, null, null]);
    expect(met(1_000)).toEqual(['timeout', null, null]);
  });

  it('show the same share where they are fewer, and somebody where anybody was sick', () => {
    const met = (observers: number, ...sick: readonly ('unreachable' | 'timeout')[]) =>
      [0, 1, 2, 3].map((number) => faultAt([seen(0, observers, ...sick)], number, 4, 0));
    expect(met(8, 'unreachable', 'unreachable', 'timeout', 'timeout')).toEqual([
      'unreachable',
      'timeout',
      null,
      null,
    ]);
    expect(met(100, 'timeout')).toEqual(['timeout', null, null, null]);
    expect(met(2, 'timeout', 'unreachable')).toEqual(['timeout', 'unreachable', null, null]);
    expect(met(4, 'timeout', 'timeout', 'timeout', 'unreachable').at(-1)).toBe('unreachable');
  });
});
