import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ActionFacts } from '../decide/input.ts';
import { readPlaybooks } from '../playbook/parse.ts';
import { parseScenarios } from './parse.ts';
import { runScenario } from './run.ts';

const actions: ReadonlyMap<string, ActionFacts> = new Map([
  ['a.apply', { action: 'a.apply', effect: 'repairs', highestAutonomy: 'auto' }],
  ['a.restart', { action: 'a.restart', effect: 'disrupts', highestAutonomy: 'auto' }],
]);

const playbook = `playbook: some
for: redis/*
ladder:
  - { id: apply, action: a.apply, after: 2m, max: 1, autonomy: auto, with: { to: '{{ node }}' }, deadline: 1m, window: 90s, soak: 30s }
  - { id: restart, action: a.restart, after: 6m, max: 1, autonomy: ask, window: 2m, soak: 30s }
`;

const world = `scenario: some
resources: { redis/cache: { nodes: { c1: m1 } } }
services: { web: { uses: [redis/cache], hosts: [h1, h2] } }
`;

const breaks = (rest: string) => `story: [{ at: 0s, what: breaks, resource: redis/cache${rest} }]\n`;

function run(text: string, more = '') {
  const { scenarios, problems } = parseScenarios(world + text, 'some.scenario.yaml');
  expect(problems).toEqual([]);
  const [scenario] = scenarios;
  if (scenario === undefined) throw new Error('no scenario was read');
  const { placed } = readPlaybooks([{ file: 'some.yaml', text: playbook + more }], { actions });
  return runScenario(scenario, placed);
}

function differences(text: string) {
  return run(text).differences.map(({ line, text: expected, message }) => [line, expected, message]);
}

describe('a scenario', () => {
  it('is as expected where the healer does what it says', () => {
    const expected = `expect:
  redis/cache:
    opens: 1m
    orders:
      - { step: apply, at: 2m, targets: [m1], with: { to: c1 } }
      - { step: restart, at: 7m..8m, targets: [m1] }
    asked: 1
    verdicts: [ineffective, effective]
    credit: attempt
    closes: 7m..9m
    ends: ok
`;
    expect(
      differences(`${breaks(', mendedBy: [restart]')}people: [{ says: yes, after: 1m }]\n${expected}`),
    ).toEqual([]);
  });

  it('tells where it is not, each with what it was', () => {
    const expected = `expect:
  redis/cache:
    opens: never
    orders:
      - { step: apply, at: 5m }
      - { step: restart }
    verdicts: [effective]
    held: [budget]
    asked: 0
    closes: 10m
    credit: itself
    ends: ok
`;
    expect(differences(`${breaks('')}${expected}`)).toEqual([
      [7, 'never', 'an incident opened at 1m'],
      [9, '5m', 'apply ran at 2m'],
      [10, '{ step: restart }', 'this order was never sent'],
      [11, '[effective]', 'it was ineffective'],
      [12, 'budget', expect.stringContaining('held')],
      [13, '0', 'it was 1 times'],
      [14, '10m', 'it never came to it'],
      [15, 'itself', 'it was nobody: it did not close'],
      [16, 'ok', 'it was exhausted'],
    ]);
  });

  it('names the key of what it expected', () => {
    const expected =
      'expect: { redis/cache: { opens: never, orders: [{ step: apply, at: 5m }, { step: restart }], held: [budget] } }';
    expect(run(`${breaks('')}${expected}\n`).differences.map(({ expectation }) => expectation)).toEqual([
      'opens',
      'orders[0].at',
      'orders[1]',
      'held[0]',
    ]);
  });

  it('names guardrails that there are not', () => {
    const wrong = 'expect: { redis/cache: { held: [quorm, evidence], refused: [max-rnus] } }';
    const { scenarios, problems } = parseScenarios(`${world}${breaks('')}${wrong}\n`, 'some.scenario.yaml');
    expect(scenarios).toEqual([]);
    expect(problems).toMatchObject([
      { code: 'unknown-name', text: 'quorm', suggestion: 'did you mean `quorum`?' },
      { code: 'unknown-name', text: 'max-rnus', suggestion: 'did you mean `max-runs`?' },
    ]);
  });

  it('finds an order that nobody expects, and one to somebody else', () => {
    expect(differences(`${breaks('')}expect: { redis/cache: { orders: [] } }\n`)).toEqual([
      [5, '[]', 'another order was sent: apply on m1 at 2m'],
    ]);
    const other = 'expect: { redis/cache: { orders: [{ step: apply, targets: [m2], with: { to: c2 } }] } }';
    expect(differences(`${breaks('')}${other}\n`)).toEqual([[5, '[m2]', 'it was apply on m1 at 2m']]);
  });

  it('is always lived the same way', () => {
    const text = `${breaks(', for: 4m')}orders: [hangs, lost]\n`;
    expect(run(text).entries).toEqual(run(text).entries);
  });

  it.each([
    ['others-act, as: failover, targets: [m1], for: 4m', 'somebody-else'],
    ['others-act, for: 4m', 'somebody-else'],
    ['deploy-announced, for: 4m', 'somebody-else'],
    ['maintenance, for: 4m', 'maintenance'],
  ])('waits for others who are at work: %s', (what, guardrail) => {
    const story = `story:
  - { at: 0s, what: breaks, resource: redis/cache, mendedBy: [apply] }
  - { at: 30s, resource: redis/cache, what: ${what} }
expect: { redis/cache: { held: [${guardrail}], orders: [{ step: apply, at: 4m30s..7m }], ends: ok } }
`;
    expect(differences(story)).toEqual([]);
  });

  it('waits for a person who has claimed it, until that one lets it go', () => {
    const story = (ends: string) => `story:
  - { at: 0s, what: breaks, resource: redis/cache, mendedBy: [apply] }
  - { at: 90s, what: claimed, resource: redis/cache${ends} }
`;
    const held = 'held: [somebody-else]';
    expect(
      differences(
        `${story(', for: 3m')}expect: { redis/cache: { ${held}, orders: [{ step: apply, at: 4m30s }], ends: ok } }\n`,
      ),
    ).toEqual([]);
    expect(differences(`${story('')}expect: { redis/cache: { ${held}, orders: [], ends: open } }\n`)).toEqual(
      [],
    );
  });

  it('knows what time it is: windows open and close by the clock on the wall', () => {
    const windows = "windows: { timeZone: Europe/Berlin, allowed: [{ from: '03:00', to: '04:00' }] }\n";
    const under = (clock: string, orders: string) =>
      run(`${breaks(', mendedBy: [apply]')}${clock}expect: { redis/cache: { orders: ${orders} } }\n`, windows)
        .differences;
    const clock = (shows: string) => `clock: { shows: ${shows}, timeZone: Europe/Berlin }\n`;
    // In the night in which the clock goes from 02:00 to 03:00, what would open in an hour opens at once.
    expect(under(clock('2027-03-28 01:50'), '[{ step: apply, at: 10m }]')).toEqual([]);
    expect(under(clock('2027-03-27 01:50'), '[]')).toEqual([]);
    expect(under(clock('2027-03-27 03:10'), '[{ step: apply, at: 2m }]')).toEqual([]);
    expect(under('', '[]')).toEqual([]);
  });

  it('knows how loaded a resource is: deadlines missed then are overload', () => {
    const story = (load: string) => `runs: 12m
story:
  - { at: 0s, what: breaks, resource: redis/cache, fault: timeout }
${load}`;
    const loaded =
      '  - { at: 0s, what: loaded, resource: redis/cache, utilisation: 95%, of: memory, for: 12m }\n';
    const people = 'people: [{ says: yes, after: 10s }]\n';
    const held = run(`${story(loaded)}${people}expect: { redis/cache: { held: [overload] } }\n`);
    expect(held.differences).toEqual([]);
    expect(
      run(`${story('')}${people}expect: { redis/cache: { held: [overload] } }\n`).differences,
    ).toHaveLength(1);
  });

  it('is of a resource that a playbook owns', () => {
    const { scenarios } = parseScenarios(
      'scenario: some\nresources: { mongo/main: {} }\nexpect: { mongo/main: {} }\n',
      'some.scenario.yaml',
    );
    const problems = scenarios.flatMap((scenario) => runScenario(scenario, []).problems);
    expect(problems.map(({ code, line }) => [code, line])).toEqual([['resource-without-playbook', 3]]);
  });
});

describe('the text of a scenario', () => {
  it('is told of names that it does not have', () => {
    const text = `scenario: some
resources: { redis/cache: { nodes: { c1: m1 } } }
services: { web: { uses: [redis/cahce], hosts: [h1] } }
story:
  - { at: 0s, what: breaks, resource: redis/cache, node: c2 }
  - { at: 0s, what: gone, service: wbe }
  - { at: 0s, what: silent, target: m3, for: 1m }
expect: { redis/other: {} }
`;
    const { problems, scenarios } = parseScenarios(text, 'some.scenario.yaml');
    expect(scenarios).toEqual([]);
    expect(problems.map(({ line, text: offending, suggestion }) => [line, offending, suggestion])).toEqual([
      [3, 'redis/cahce', 'did you mean `redis/cache`?'],
      [5, 'c2', 'did you mean `c1`?'],
      [6, 'wbe', 'did you mean `web`?'],
      [7, 'm3', 'did you mean `m1`?'],
      [8, '{}', 'there are: redis/cache'],
    ]);
  });

  it('is told of a time that no clock shows, and of targets of others that there are not', () => {
    const text = `${world}clock: { shows: 2027-03-28 02:30, timeZone: Europe/Berlin }
story: [{ at: 0s, what: others-act, resource: redis/cache, targets: [m2], for: 1m }]
`;
    expect(
      parseScenarios(text, 'some.scenario.yaml').problems.map(({ line, text: offending, message }) => [
        line,
        offending,
        message,
      ]),
    ).toEqual([[4, '2027-03-28 02:30', expect.stringContaining('is never shown there')]]);
    const without = text.replace('02:30', '03:30');
    expect(parseScenarios(without, 'some.scenario.yaml').problems).toMatchObject([
      { line: 5, text: 'm2', suggestion: 'did you mean `m1`?' },
    ]);
    const nowhere = text.replace('Europe/Berlin', 'Europe/Berlon');
    expect(parseScenarios(nowhere, 'some.scenario.yaml').problems).toMatchObject([{ text: 'Europe/Berlon' }]);
  });

  it('is told of what no happening has, and of times that are none', () => {
    const text = `${world}story: [{ at: 5, what: brakes }]\nexpect: { redis/cache: { opens: soon, closes: 5m..1m } }\n`;
    const { problems } = parseScenarios(text, 'some.scenario.yaml');
    expect(problems.map(({ line }) => line)).toEqual([4, 5, 5]);
  });

  it('may be anything: there is always an answer', () => {
    const line = fc.constantFrom(
      'scenario: a',
      'resources:',
      '  a/b: {}',
      'story:',
      '  - { at: 1m, what: breaks, resource: a/b }',
      'expect:',
      '  a/b: { opens: 1m..2m }',
      'runs: 1s',
      'people: [{}]',
      '---',
      '*a',
      '&a',
      'services: { x: { uses: [a/b], hosts: [h] } }',
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        const { scenarios, problems } = parseScenarios(lines.join('\n'), 'some.scenario.yaml');
        expect(scenarios.length + problems.length).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 500 },
    );
  });
});
