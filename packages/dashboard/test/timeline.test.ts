import type { InstanceChange, LogEntry, ResourceEvent } from '@prunella/core';
import { describe, expect, it } from 'vitest';
import { lanesOf } from '../src/views/incident/lanes.ts';
import { timeScale } from '../src/views/incident/time-scale.ts';

let sequence = 0;

function entry(at: number, event: ResourceEvent): LogEntry {
  sequence += 1;
  return { sequence, at, resource: 'web/shop', incident: 'i-1', event };
}

const hold = { guardrail: 'cooldown', reason: 'ran 1 min ago', until: 900, remedy: 'wait' };
const entries = [
  entry(100, { type: 'probe-changed', node: 'one', passed: false, detail: 'ECONNREFUSED' }),
  entry(200, { type: 'incident-opened', reason: 'sick', firstFaultAt: 90, playbook: 'web' }),
  entry(210, { type: 'attempt-held', step: 'restart', attempt: null, hold }),
  entry(900, { type: 'attempt-proposed', attempt: 'a', step: 'restart', run: 1 }),
  entry(910, {
    type: 'attempt-intended',
    attempt: 'a',
    step: 'restart',
    run: 1,
    permit: 'p',
    targets: ['t'],
    resolved: true,
  }),
  entry(950, {
    type: 'attempt-ended',
    attempt: 'a',
    result: { outcome: 'succeeded', summary: 'done', targets: [] },
  }),
  entry(960, { type: 'probe-changed', node: 'one', passed: true, detail: 'connected' }),
  entry(990, { type: 'verdict-given', attempt: 'a', verdict: 'effective', reason: 'all ok' }),
  entry(995, { type: 'incident-closed', reason: 'all ok', credit: { to: 'attempt', attempt: 'a' } }),
];

const lane = (name: string) => lanesOf(entries).find((each) => each.name === name);
const looks = (name: string) => lane(name)?.spans.map(({ from, to, look }) => [from, to, look]);

describe('the lanes of an incident', () => {
  it('stand in one order: the incident, what was seen, what was done', () => {
    expect(lanesOf(entries).map(({ name }) => name)).toEqual(['Incident', 'Probe of one', 'Step restart']);
  });

  it('show how long each thing lasted', () => {
    expect(looks('Incident')).toEqual([[200, 995, 'open']]);
    expect(looks('Probe of one')).toEqual([
      [100, 960, 'sick'],
      // What is seen after the end belongs to no incident.
      [960, 995, 'well'],
    ]);
  });

  it("put an attempt's life on its step's lane, though most of its events do not name the step", () => {
    expect(looks('Step restart')).toEqual([
      [210, 900, 'held'],
      [910, 950, 'runs'],
      [950, 990, 'verifies'],
    ]);
    expect(lane('Step restart')?.marks.at(-1)).toMatchObject({ at: 990, look: 'good' });
  });
});

const seen = (name: string, since: number, condition: InstanceChange['condition'], more = {}) => ({
  instance: `shop/app1/${name}`,
  service: 'shop',
  host: 'app1',
  condition,
  since,
  ...more,
});
const told = (at: number, ...instances: readonly InstanceChange[]) =>
  entry(at, { type: 'instances-changed', instances, others: { observers: 0, sick: 0 } });
const counted = (
  at: number,
  conditions: { ok?: number; degraded?: number; down?: number; unknown?: number },
) =>
  entry(at, {
    type: 'summary-changed',
    observers: Object.values(conditions).reduce((sum, count) => sum + count, 0),
    conditions: { ok: 0, degraded: 0, down: 0, unknown: 0, ...conditions },
    sickByKind: {},
    sickHosts: 1,
    earliestFaultAt: null,
  });
const opening = entry(200, { type: 'incident-opened', reason: 'sick', firstFaultAt: 90, playbook: 'web' });
const closing = entry(900, { type: 'incident-closed', reason: 'ok', credit: { to: 'itself' } });
const looksOf = (given: readonly LogEntry[], name: string) =>
  lanesOf(given)
    .find((each) => each.name === name)
    ?.spans.map(({ from, to, look }) => [from, to, look]);

describe('between a closing and a relapse', () => {
  const before = [counted(100, { down: 1 }), opening, counted(800, { ok: 1 }), closing];
  const relapse = entry(2_000, { type: 'incident-reopened', reason: 'sick', firstFaultAt: 1_900 });
  const outside = (at: number, conditions: { ok?: number; down?: number }): LogEntry => ({
    ...counted(at, conditions),
    incident: null,
  });

  it('what applications saw is drawn where it was read, from the closing on', () => {
    expect(looksOf([...before, outside(1_900, { down: 1 }), relapse], 'Applications')).toEqual([
      [100, 800, 'sick'],
      [800, 1_900, 'well'],
      [1_900, null, 'sick'],
    ]);
  });

  it('and left blank where it was not', () => {
    expect(looksOf([...before, relapse], 'Applications')).toEqual([
      [100, 800, 'sick'],
      [800, 900, 'well'],
    ]);
  });
});

describe('the lanes of instances', () => {
  const outage = [
    counted(150, { ok: 1, degraded: 1, down: 1 }),
    opening,
    told(200, seen('c', 10, 'ok'), seen('b', 140, 'down', { kind: 'timeout' }), seen('a', 150, 'degraded')),
    counted(400, { ok: 2, down: 1 }),
    told(400, seen('a', 390, 'ok')),
    counted(600, { ok: 2, unknown: 1 }),
    told(600, seen('b', 580, 'silent')),
    counted(700, { ok: 2 }),
    told(700, seen('b', 690, 'left')),
    closing,
  ];

  it('stand behind what all applications see, those that complained first before the others', () => {
    expect(lanesOf(outage).map(({ name }) => name)).toEqual([
      'Incident',
      'Applications',
      'shop/app1/b',
      'shop/app1/a',
      'shop/app1/c',
    ]);
  });

  it('begin when it was seen, which is before the opening that tells it, and end where one left', () => {
    expect(looksOf(outage, 'shop/app1/b')).toEqual([
      [140, 580, 'sick'],
      [580, 690, 'silent'],
    ]);
    expect(looksOf(outage, 'shop/app1/a')).toEqual([
      [150, 390, 'part-sick'],
      [390, null, 'well'],
    ]);
  });

  it('name the host where the name does not tell it', () => {
    const named = [opening, told(200, { ...seen('x', 100, 'down'), instance: 'shop-7f', host: 'app9' })];
    expect(lanesOf(named).map(({ name }) => name)).toContain('shop-7f on app9');
  });

  it('end where the healer was away, and go on when it has heard them again', () => {
    const restarted = [
      opening,
      told(200, seen('a', 100, 'down')),
      entry(500, { type: 'healer-started' }),
      told(600, seen('a', 90, 'down')),
      told(700, seen('a', 680, 'ok')),
    ];
    expect(looksOf(restarted, 'shop/app1/a')).toEqual([
      [100, 500, 'sick'],
      [500, 680, 'sick'],
      [680, null, 'well'],
    ]);
  });

  it('go on through a closing, since a relapse tells what was seen after it', () => {
    const relapsed = [
      opening,
      told(200, seen('a', 100, 'down')),
      told(800, seen('a', 780, 'ok')),
      closing,
      entry(2_000, { type: 'incident-reopened', reason: 'sick', firstFaultAt: 1_900 }),
      told(2_000, seen('a', 1_200, 'degraded'), seen('a', 1_300, 'ok'), seen('a', 1_900, 'down')),
    ];
    expect(looksOf(relapsed, 'shop/app1/a')).toEqual([
      [100, 780, 'sick'],
      [780, 1_200, 'well'],
      [1_200, 1_300, 'part-sick'],
      [1_300, 1_900, 'well'],
      [1_900, null, 'sick'],
    ]);
  });

  it('say of one that changes too often that nothing more is told, until it is', () => {
    const flapping = [
      opening,
      told(200, seen('a', 100, 'down'), seen('a', 150, 'ok', { last: true })),
      closing,
    ];
    expect(looksOf(flapping, 'shop/app1/a')).toEqual([
      [100, 150, 'sick'],
      [150, 900, 'untold'],
    ]);
  });

  it('show those without a name by their number, and none where all have one', () => {
    const crowd = [
      counted(200, { ok: 10, down: 5 }),
      opening,
      told(200, seen('a', 100, 'down'), seen('b', 100, 'down')),
      counted(400, { ok: 13, down: 2 }),
      counted(500, { ok: 14, down: 1 }),
      told(500, seen('a', 490, 'ok')),
      closing,
    ];
    const others = lanesOf(crowd).find(({ of }) => of === 'others');
    expect(others?.name).toBe('and 13 others');
    expect(others?.spans.map(({ from, to, look, text }) => [from, to, look, text])).toEqual([
      [200, 400, 'part-sick', '13 others: 3 sick'],
      [400, 900, 'well', '13 others: none sick'],
    ]);
    expect(lanesOf(outage).some(({ of }) => of === 'others')).toBe(false);
  });
});

describe('the scale of time', () => {
  const minute = 60_000;
  const moments = [minute, minute + 500, 61 * minute, 61 * minute + 800];
  const scale = timeScale(moments, 0, 62 * minute);

  it('draws an hour without an event shorter than the minute in which something happened', () => {
    const idle = scale.stretches.filter(({ isIdle }) => isIdle);
    expect(idle).toHaveLength(1);
    expect(idle[0]).toMatchObject({ from: minute + 500, to: 61 * minute });
    const width = (idle[0]?.right ?? 0) - (idle[0]?.left ?? 0);
    expect(width).toBeLessThan(scale.place(minute) - scale.place(0));
  });

  it('keeps the order of time, from edge to edge, and finds it again', () => {
    const places = [0, ...moments, 62 * minute].map((at) => scale.place(at));
    expect(places).toEqual([...places].sort((left, right) => left - right));
    expect(places[0]).toBe(0);
    expect(places.at(-1)).toBeCloseTo(1);
    for (const at of [...moments, 30 * minute]) expect(scale.timeAt(scale.place(at))).toBeCloseTo(at, 0);
  });

  it('has nothing to shorten where nothing is known but begin and end', () => {
    expect(timeScale([], 0, minute).stretches).toEqual([
      { from: 0, to: minute, left: 0, right: 1, isIdle: false },
    ]);
  });
});
