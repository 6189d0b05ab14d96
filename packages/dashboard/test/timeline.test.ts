import type { LogEntry, ResourceEvent } from '@prunella/core';
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
