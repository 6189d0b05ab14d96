import { describe, expect, it } from 'vitest';
import type { PermitRequest } from '../decide/command.ts';
import type { Standing } from '../decide/input.ts';
import { decideFleet, type FleetDecision, type FleetInput, fleetFacts, nextFleetAt } from './fleet.ts';
import { initialFleetState } from './initial.ts';
import { defaultFleetSettings } from './settings.ts';

const began = 1_800_000_000_000;
const minutes = (count: number) => count * 60_000;

type Timed = readonly [atMs: number, input: FleetInput];

function run(inputs: readonly Timed[]) {
  let state = initialFleetState('here', 7);
  const decisions: FleetDecision[] = [];
  for (const [at, input] of inputs) {
    const decision = decideFleet(state, input, began + at);
    state = decision.state;
    decisions.push(decision);
  }
  const told = decisions.flatMap((each) => each.told);
  const facts = decisions.flatMap((each) => (each.facts === null ? [] : [each.facts]));
  return { state, decisions, told, facts };
}

function stands(resource: string, change: Partial<Standing> = {}): FleetInput {
  const well = { incident: null, probesFailSince: null, silentSince: null };
  return {
    type: 'standing',
    standing: { resource, ...well, targets: [], dependsOn: [], domains: [], ...change },
  };
}

const incident = (id: string, at: number, open = true) => ({
  incident: { id, open, firstFaultAt: began + at },
});

const sick = (resource: string, at: number, change: Partial<Standing> = {}): Timed => [
  at,
  stands(resource, { ...incident(`${resource}.1`, at), ...change }),
];

const census = (resources: number): Timed => [0, { type: 'census', resources }];

function request(attempt: string, change: Partial<PermitRequest> = {}): FleetInput {
  const limits = { attemptsPerDay: 100, disruptivePerFleetHour: 100 };
  const asked = { resource: `postgres/${attempt}`, incident: 'i', attempt, targets: [attempt] };
  return { type: 'request', request: { ...asked, ...limits, effect: 'repairs', ...change } };
}

const answerOf = (decision: FleetDecision | undefined) => {
  const [permit] = decision?.permits ?? [];
  return permit?.decision.type === 'held' ? permit.decision.hold : permit?.decision.type;
};

describe('a storm', () => {
  it('is five incidents within five minutes; it ends when the first of them is old', () => {
    const five = [0, 1, 2, 3, 4].map((each) => sick(`a/${each}`, each * 1_000));
    const closed = five.map(([at], index): Timed => [at + 10_000, stands(`a/${index}`)]);
    const { facts, state } = run([census(1_000), ...five, ...closed]);
    expect(facts).toMatchObject([
      { storm: { reason: expect.stringContaining('5 incidents'), until: began + minutes(5) } },
    ]);
    expect(nextFleetAt(state)).toBe(began + minutes(5));
    const over = decideFleet(state, { type: 'tick' }, began + minutes(5));
    expect(over.facts?.storm).toBeNull();
  });

  it('is not four, and not one that opens again and again', () => {
    const four = [0, 1, 2, 3].map((each) => sick(`a/${each}`, each * 1_000));
    const again = [1, 2, 3, 4, 5, 6].flatMap((each): Timed[] => [
      [10_000 + each, stands('a/0')],
      sick('a/0', 10_000 + each),
    ]);
    expect(run([census(1_000), ...four, ...again]).facts).toEqual([]);
  });

  it('is a fifth of the resources, but at least three, for as long as they are open', () => {
    const at = (each: number) => minutes(10 * each);
    const three = [1, 2, 3].map((each) => sick(`a/${each}`, at(each)));
    expect(run([census(16), ...three]).facts).toEqual([]);
    expect(run([census(4), ...three.slice(0, 2)]).facts).toEqual([]);
    const { facts } = run([census(15), ...three, [at(4), stands('a/1')]]);
    expect(facts.map(({ storm }) => storm?.reason ?? null)).toEqual([
      expect.stringContaining('3 of 15 resources have an open incident'),
      null,
    ]);
  });

  it('lets only what restores have a permit', () => {
    const five = [0, 1, 2, 3, 4].map((each) => sick(`a/${each}`, each));
    const { decisions } = run([...five, [10, request('a')], [11, request('b', { effect: 'restores' })]]);
    expect(answerOf(decisions.at(-2))).toMatchObject({ guardrail: 'storm', until: began + minutes(5) });
    expect(answerOf(decisions.at(-1))).toBe('granted');
  });
});

describe('isolation', () => {
  const fails = (resource: string, at: number, change: Partial<Standing> = {}): Timed => [
    at,
    stands(resource, { probesFailSince: began + at, ...change }),
  ];

  it('is seen where the probes of half of all resources begin to fail within a minute', () => {
    const three = [fails('a/1', 0), fails('b/2', 20_000), fails('c/3', 50_000)];
    expect(run([census(6), ...three]).facts).toMatchObject([
      {
        isolation: {
          reason: expect.stringContaining('the own probes of 3 of 6 resources began to fail within 60 s'),
        },
      },
    ]);
    expect(run([census(7), ...three]).facts).toEqual([]);
    expect(run([census(6), fails('a/1', 0), fails('b/2', 20_000), fails('c/3', 90_000)]).facts).toEqual([]);
  });

  it('counts what depends on another failing one, or shares its failure domain, once', () => {
    const domain = { domains: ['rack-1'] };
    const rack = [fails('a/1', 0, domain), fails('b/2', 1, domain), fails('c/3', 2, domain)];
    expect(run([census(3), ...rack]).facts).toEqual([]);
    const chain = [
      fails('a/1', 0),
      fails('b/2', 1, { dependsOn: ['a/1'] }),
      fails('c/3', 2, { dependsOn: ['a/1'] }),
    ];
    expect(run([census(3), ...chain]).facts).toEqual([]);
  });

  it('is seen where most observers of many resources fall silent at once, and ends when they are heard', () => {
    const silent = ['a/1', 'b/2', 'c/3'].map((name): Timed => [0, stands(name, { silentSince: began })]);
    const { facts } = run([census(3), ...silent, [90_000, stands('a/1')]]);
    expect(facts.map(({ isolation }) => isolation?.reason ?? null)).toEqual([
      expect.stringContaining('most observers of 3 of 3 resources fell silent'),
      null,
    ]);
  });
});

describe('upstream', () => {
  const told = (inputs: readonly Timed[]) =>
    run(inputs).told.flatMap(({ resource, input }) =>
      input.type === 'upstream' ? [`${resource}: ${input.sick.map((each) => each.resource).join()}`] : [],
    );
  const onDisk = { dependsOn: ['disk/data'] };

  it('is told to what depends on it, in whichever order both fall sick, and when it is well again', () => {
    const disk = sick('disk/data', 2_000, incident('d.1', 2_000, false));
    expect(told([sick('pg/main', 1_000, onDisk), disk, [3_000, stands('disk/data')]])).toEqual([
      'pg/main: ',
      'pg/main: disk/data',
      'pg/main: ',
    ]);
    expect(told([disk, sick('pg/main', 3_000, onDisk)])).toEqual(['pg/main: disk/data']);
  });

  it('is nobody of two that depend on each other', () => {
    const cycle = [sick('a/1', 0, { dependsOn: ['b/2'] }), sick('b/2', 1, { dependsOn: ['a/1'] })];
    expect(told(cycle).every((each) => each.endsWith(': '))).toBe(true);
  });
});

describe('lineage', () => {
  const attempt: readonly Timed[] = [
    [0, request('r', { targets: ['db1'], resource: 'redis/cache', effect: 'disrupts' })],
    [1, { type: 'used', attempt: 'r' }],
  ];
  const shares = { targets: ['db1', 'db2'] };

  it('ties what breaks on the same target to the attempt, and tells the attempt what it did', () => {
    const { told } = run([...attempt, sick('pg/main', 5_000, shares)]);
    expect(told).toMatchObject([
      {
        resource: 'pg/main',
        input: {
          type: 'lineage',
          incident: 'pg/main.1',
          cause: { attempt: 'r', targets: ['db1'], endedAt: null },
        },
      },
      {
        resource: 'redis/cache',
        input: { type: 'harm', attempt: 'r', reason: 'pg/main broke on db1 after it began' },
      },
    ]);
  });

  it('says when the attempt ended', () => {
    const { told } = run([
      ...attempt,
      sick('pg/main', 5_000, shares),
      [9_000, { type: 'release', attempt: 'r' }],
    ]);
    expect(told.at(-1)).toMatchObject({ resource: 'pg/main', input: { cause: { endedAt: began + 9_000 } } });
  });

  it.each<[what: string, opened: Timed]>([
    ['was sick before', [5_000, stands('pg/main', { ...incident('p', -10), ...shares })]],
    ['is on another target', sick('pg/main', 5_000, { targets: ['db7'] })],
    ['broke long after its end', sick('pg/main', minutes(30), shares)],
    ['is only suspected', [5_000, stands('pg/main', { ...incident('p', 5_000, false), ...shares })]],
  ])('is not seen in what %s', (_, opened) => {
    const { told } = run([...attempt, [2_000, { type: 'release', attempt: 'r' }], opened]);
    expect(told).toEqual([]);
  });
});

describe('the fleet', () => {
  it('runs three attempts at once that do more than restore', () => {
    const asked = ['a', 'b', 'c', 'd'].map((each): Timed => [0, request(each)]);
    const { decisions } = run([...asked, [1, request('e', { effect: 'restores' })]]);
    expect(answerOf(decisions[3])).toMatchObject({
      guardrail: 'fleet-concurrency',
      reason: expect.stringContaining('3 attempts are not over in the fleet (a, b, c)'),
    });
    expect(answerOf(decisions[4])).toBe('granted');
    expect(defaultFleetSettings.concurrency).toBe(3);
  });

  it('disrupts in one failure domain at a time', () => {
    const disrupts = (attempt: string, domain: string): Timed => [
      0,
      request(attempt, { effect: 'disrupts', domains: [domain] }),
    ];
    const { decisions } = run([disrupts('a', 'rack-1'), disrupts('b', 'rack-1'), disrupts('c', 'rack-2')]);
    expect(decisions.slice(0, 2).map(answerOf)).toEqual(['granted', 'granted']);
    expect(answerOf(decisions[2])).toMatchObject({ guardrail: 'fleet-domains' });
  });

  it('keeps nothing of resources that are well', () => {
    const { state } = run([sick('a/1', 0), [1, stands('a/1')]]);
    expect(state.standings?.rows()).toEqual([]);
    expect(fleetFacts(state)).toEqual({ paused: null, storm: null, isolation: null });
  });
});
