import { protocolVersion, type Report, type ResourceCondition } from '@prunella/protocol';
import { describe, expect, it } from 'vitest';
import { cohortInstances, otherObservers } from './follow.ts';
import { initialObserveState } from './initial.ts';
import { type ObserveInput, observe } from './observe.ts';
import { nextObserveAt } from './silence.ts';
import { summarise } from './summarise.ts';

const began = 1_800_000_000_000;
const resource = 'postgres/main';

interface Said extends Partial<Report> {
  readonly at?: number;
  readonly condition?: Partial<ResourceCondition>;
}

function report(instance: string, sequence: number, said: Said = {}): { at: number; input: ObserveInput } {
  const { at = 0, condition, ...rest } = said;
  const full: Report = {
    protocol: protocolVersion,
    service: 'actioner',
    host: `host-${instance}`,
    instance: `actioner/host/${instance}`,
    epoch: 'first',
    sequence,
    heartbeatMs: 5_000,
    conditions: [
      { resource, condition: 'ok', sinceMs: 0, successes: 1, faults: {}, lastSuccessAgeMs: 0, ...condition },
    ],
    ...rest,
  };
  return { at, input: { type: 'report', report: full } };
}

const down = { condition: 'down', lastFaultKind: 'unreachable', firstFaultAgeMs: 1_000 } as const;

function run(inputs: readonly { readonly at: number; readonly input: ObserveInput }[]) {
  const state = initialObserveState();
  const refusals: (string | null)[] = [];
  for (const { at, input } of inputs) {
    refusals.push(observe(state, input, began + at).refusal?.code ?? null);
  }
  const board = state.boards[resource];
  if (board === undefined) throw new Error('nothing was observed');
  return { state, refusals, summary: summarise(state, board) };
}

const tick = (at: number) => ({ at, input: { type: 'tick' } as const });
const follow = (what: 'begin' | 'mark' | 'end', at: number, members?: readonly string[]) => ({
  at,
  input: {
    type: 'follow-cohort',
    resource,
    incident: 'i1',
    what,
    at: began + at,
    ...(members === undefined ? {} : { members }),
  } as const,
});

describe('a report', () => {
  it('replaces the one before it; an older or repeated one is refused', () => {
    const { refusals, summary } = run([
      report('a', 2, { condition: down }),
      report('a', 1),
      report('a', 2, { condition: down }),
    ]);
    expect(refusals).toEqual([null, 'sequence-old', 'sequence-old']);
    expect(summary.conditions).toEqual({ ok: 0, degraded: 0, down: 1, unknown: 0 });
  });

  it('of a new epoch replaces the old process, whose stragglers are refused', () => {
    const { refusals } = run([
      report('a', 9),
      report('a', 1, { epoch: 'second' }),
      report('a', 10),
      report('a', 2, { epoch: 'second' }),
    ]);
    expect(refusals).toEqual([null, null, 'epoch-replaced', null]);
  });

  it('of two epochs that go on beside one another is told as what it is', () => {
    const { refusals } = run([
      report('a', 9),
      report('a', 1, { epoch: 'second' }),
      report('a', 10),
      report('a', 2, { epoch: 'second' }),
      report('a', 11),
    ]);
    expect(refusals.at(-1)).toBe('epochs-alternate');
  });

  it.each(['caller', 'local'] as const)('that blames its %s makes nobody sick', (lastFaultKind) => {
    const { summary } = run([report('a', 1, { condition: { ...down, lastFaultKind } })]);
    expect(summary.conditions.down).toBe(0);
    expect(summary.earliestFaultAt).toBeNull();
  });

  it('dates the first fault by the receipt, never before the last ok', () => {
    const { summary } = run([
      report('a', 1, { at: 10_000 }),
      report('a', 2, { at: 11_000, condition: { ...down, firstFaultAgeMs: 60_000 } }),
    ]);
    expect(summary.earliestFaultAt).toBe(began + 10_000);
  });

  it('keeps the earliest of the sick, also after that one recovers', () => {
    const sick = [
      report('a', 1, { condition: { ...down, firstFaultAgeMs: 9_000 } }),
      report('b', 1, { condition: { ...down, firstFaultAgeMs: 4_000 } }),
    ];
    expect(run(sick).summary.earliestFaultAt).toBe(began - 9_000);
    expect(run([...sick, report('a', 2)]).summary.earliestFaultAt).toBe(began - 4_000);
  });
});

describe('silence', () => {
  it('past three heartbeats is unknown, past ten minutes no observer', () => {
    expect(run([report('a', 1), tick(14_999)]).summary.conditions.ok).toBe(1);
    expect(run([report('a', 1), tick(15_000)]).summary.conditions.unknown).toBe(1);
    expect(run([report('a', 1), tick(600_000)]).summary.observers).toBe(0);
  });

  it('with a goodbye is no observer at once', () => {
    const { summary, state } = run([report('a', 1), report('a', 2, { goodbye: true, conditions: [] })]);
    expect(summary.observers).toBe(0);
    expect(summary.hosts.observing).toEqual([]);
    expect(nextObserveAt(state)).not.toBeNull();
  });
});

describe('shares', () => {
  it('are not settled before a whole heartbeat of those that are ok', () => {
    const ok = report('a', 1, { heartbeatMs: 20_000 });
    expect(run([ok, tick(19_999)]).summary.settled).toBe(false);
    expect(run([ok, tick(20_000)]).summary.settled).toBe(true);
  });

  it('take half a minute to settle where nobody is ok', () => {
    const sick = report('a', 1, { condition: down });
    expect(run([sick, tick(29_999)]).summary.settled).toBe(false);
    expect(run([sick, tick(30_000)]).summary.settled).toBe(true);
  });
});

describe('the cohort', () => {
  const sick = ['a', 'b', 'c'].map((each) => report(each, 1, { condition: down }));

  it('is all that were sick in the incident, and counts those ok since the mark', () => {
    const { summary, state } = run([
      ...sick,
      report('d', 1),
      follow('begin', 1_000),
      follow('mark', 2_000),
      report('a', 2, { at: 3_000, condition: { successes: 2, lastSuccessAgeMs: 100 } }),
      // A success that began before the action ended proves nothing.
      report('b', 2, { at: 3_000, condition: { successes: 2, lastSuccessAgeMs: 1_500 } }),
    ]);
    expect(summary.cohort).toMatchObject({ total: 3, sick: 1, okSinceMark: 1, gone: 0 });
    expect(cohortInstances(state, resource)).toHaveLength(3);
    expect(otherObservers(state, resource)).toEqual(['actioner/host/d']);
  });

  it('replaces a member that left by any instance of its service with such a success', () => {
    const left = sick.map((_, index) => report('abc'.charAt(index), 2, { goodbye: true, conditions: [] }));
    const before = [...sick, follow('begin', 1_000), follow('mark', 2_000), ...left];
    expect(run(before).summary.cohort).toMatchObject({ total: 3, okSinceMark: 0, gone: 3 });
    const successor = report('new', 1, { at: 3_000 });
    expect(run([...before, successor]).summary.cohort).toMatchObject({ okSinceMark: 3, gone: 0 });
  });

  it('is known again after a restart by the ids that the resource remembers', () => {
    const begun = follow('begin', 0, ['actioner/host/a', 'actioner/host/b']);
    expect(run([begun]).summary.cohort).toMatchObject({ total: 2, gone: 2 });
    const back = report('a', 5, { at: 1_000, condition: { lastSuccessAgeMs: 10 } });
    expect(run([begun, follow('mark', 0), back]).summary.cohort).toMatchObject({ total: 1, okSinceMark: 1 });
  });

  it('is not outvoted by a crash loop that leaves members behind', () => {
    const crashes = [1, 2, 3, 4, 5, 6].flatMap((each) => [
      report(`crash${each}`, 1, { at: 1_000 + each, condition: down }),
      report(`crash${each}`, 2, { at: 1_100 + each, goodbye: true, conditions: [] }),
    ]);
    const { summary } = run([
      ...sick,
      follow('begin', 1_000),
      ...crashes,
      follow('mark', 2_000),
      report('a', 2, { at: 3_000, condition: { successes: 2, lastSuccessAgeMs: 100 } }),
    ]);
    expect(summary.cohort).toMatchObject({ total: 3, sick: 2, okSinceMark: 1, gone: 0 });
  });

  it('is judged by those that are left after a scale-down', () => {
    const left = ['b', 'c'].map((id) => report(id, 2, { at: 2_500, goodbye: true, conditions: [] }));
    const { summary } = run([
      ...sick,
      follow('begin', 1_000),
      follow('mark', 2_000),
      ...left,
      report('a', 2, { at: 3_000, condition: { successes: 2, lastSuccessAgeMs: 100 } }),
    ]);
    expect(summary.cohort).toMatchObject({ total: 1, okSinceMark: 1, gone: 0 });
  });

  it('ends with the incident', () => {
    const { summary } = run([...sick, follow('begin', 1_000), follow('end', 2_000)]);
    expect(summary.cohort).toBeNull();
  });
});

describe('a resource that nobody speaks of any more', () => {
  it('is forgotten ten minutes after its last report, and settles anew when it comes back', () => {
    const over = [
      report('a', 1),
      tick(40_000),
      report('a', 2, { at: 40_000, goodbye: true, conditions: [] }),
    ];
    expect(run([...over, tick(599_999)]).summary.observers).toBe(0);
    expect(() => run([...over, tick(600_000)])).toThrow('nothing was observed');
    const back = run([...over, tick(600_000), report('b', 1, { at: 700_000 })]);
    expect(back.summary).toMatchObject({ observers: 1, settled: false });
    expect(run([...over, report('b', 1, { at: 599_000 })]).summary.settled).toBe(true);
  });

  it('stays while its cohort is followed', () => {
    const { summary } = run([report('a', 1, { condition: down }), follow('begin', 1_000), tick(3_600_000)]);
    expect(summary).toMatchObject({ observers: 0, cohort: { total: 1, gone: 1 } });
  });

  it('makes room for others: beyond the limit only declared ones are looked at', () => {
    const state = initialObserveState({ resourceLimit: 2, declared: ['postgres/declared'] });
    const say = (name: string, at: number) => {
      const condition = { resource: `postgres/${name}`, condition: 'ok' } as const;
      observe(state, report(name, 1, { condition }).input, began + at);
      return state.boards[`postgres/${name}`] !== undefined;
    };
    expect(['a', 'b', 'c', 'declared'].map((name) => say(name, 0))).toEqual([true, true, false, true]);
    for (const at of [600_000, 1_300_000]) observe(state, { type: 'tick' }, began + at);
    expect(Object.keys(state.boards)).toEqual([]);
    expect(say('d', 1_300_000)).toBe(true);
  });
});

it('costs one observation the same with one resource and with ten thousand', () => {
  const spent = (count: number) => {
    const state = initialObserveState();
    for (let index = 0; index < count; index += 1) {
      const condition = { resource: `postgres/r${index}` };
      observe(state, report(`i${index}`, 1, { condition }).input, began);
    }
    const start = performance.now();
    for (let round = 2; round < 2_002; round += 1) {
      const condition = { resource: 'postgres/r0', ...(round % 2 === 0 ? {} : down) };
      observe(state, report('i0', round, { condition }).input, began + round);
      nextObserveAt(state);
    }
    return performance.now() - start;
  };
  spent(1);
  const few = Math.min(spent(1), spent(1));
  const many = Math.min(spent(10_000), spent(10_000));
  // A walk over all resources would be a thousand times as much.
  expect(many).toBeLessThan(few * 50 + 50);
});

it('costs one observation the same with ten and with ten thousand instances', () => {
  const spent = (count: number) => {
    const state = initialObserveState();
    for (let index = 0; index < count; index += 1) {
      observe(state, report(`i${index}`, 1, { condition: down }).input, began);
    }
    const start = performance.now();
    for (let round = 2; round < 2_002; round += 1) {
      const { input } = report(`i${round % 10}`, round, { condition: round % 20 < 10 ? {} : down });
      observe(state, input, began + round);
    }
    return performance.now() - start;
  };
  spent(10);
  const few = Math.min(spent(10), spent(10));
  const many = Math.min(spent(10_000), spent(10_000));
  // A walk over all instances would be a thousand times as much.
  expect(many).toBeLessThan(few * 50 + 50);
});

describe('its state', () => {
  it('is JSON: written down and read again it goes on as before', () => {
    const { state } = run([
      report('a', 1),
      report('b', 1, { condition: down }),
      tick(30_000),
      report('a', 2),
    ]);
    const read = JSON.parse(JSON.stringify(state));
    expect(read).toEqual(state);
    const next = report('b', 2, { condition: { ...down, condition: 'degraded' } });
    expect(observe(read, next.input, began + 31_000).changed).toEqual(
      observe(state, next.input, began + 31_000).changed,
    );
  });

  it('takes of a resource that one report tells twice what was told last', () => {
    const twice = (first: object, last: object): ObserveInput => {
      const { input } = report('a', 1);
      if (input.type !== 'report') throw new Error('no report');
      const [told] = input.report.conditions;
      if (told === undefined) throw new Error('nothing told');
      return {
        type: 'report',
        report: {
          ...input.report,
          conditions: [
            { ...told, ...first },
            { ...told, ...last },
          ],
        },
      };
    };
    const seen = (input: ObserveInput) => {
      const state = initialObserveState();
      return observe(state, input, began).changed[0];
    };
    expect(seen(twice({}, down))).toEqual(seen(report('a', 1, { condition: down }).input));
    expect(seen(twice(down, {}))).toEqual(seen(report('a', 1).input));
  });
});

describe('a crash loop through a long incident', () => {
  it('leaves a bounded number of members behind, however many processes complained and went', () => {
    const crashes = Array.from({ length: 5_000 }, (_, index) => index).flatMap((index) => [
      report(`p${index}`, 1, { at: index * 1_000, condition: down }),
      report(`p${index}`, 2, { at: index * 1_000 + 500, goodbye: true, conditions: [] }),
    ]);
    const first = report('other', 1, { service: 'reader', condition: down });
    const gone = report('other', 2, { service: 'reader', goodbye: true, conditions: [] });
    const { state, summary } = run([first, follow('begin', 0), gone, ...crashes]);
    const members = Object.keys(state.boards[resource]?.cohort?.members ?? {});
    expect(members.length).toBeLessThan(2_500);
    expect(members).toContain('actioner/host/p4999');
    expect(members).toContain('actioner/host/other');
    expect(summary.cohort).toMatchObject({ total: members.length, gone: members.length, sick: 0 });
  });
});

describe('a member whose id does not begin with its service', () => {
  it('is spoken for by its service also after the mark', () => {
    const id = { instance: 'worker-7f9c', service: 'actioner' };
    const { summary } = run([
      report('a', 1, { ...id, condition: down }),
      follow('begin', 1_000),
      report('a', 2, { ...id, at: 2_000, goodbye: true, conditions: [] }),
      follow('mark', 3_000),
      report('b', 1, { at: 4_000 }),
    ]);
    expect(summary.cohort).toMatchObject({ total: 1, okSinceMark: 1, sick: 0 });
  });
});
