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

function run(text: string) {
  const { scenarios, problems } = parseScenarios(world + text, 'some.scenario.yaml');
  expect(problems).toEqual([]);
  const [scenario] = scenarios;
  if (scenario === undefined) throw new Error('no scenario was read');
  const { placed } = readPlaybooks([{ file: 'some.yaml', text: playbook }], { actions });
  return runScenario(scenario, placed);
}

function differences(text: string) {
  return run(text).problems.map(({ line, text: expected, message }) => [line, expected, message]);
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
