import { expect, it } from 'vitest';
import { readPlaybooks } from '../playbook/parse.ts';
import { judge } from './judge.ts';
import { parseScenarios } from './parse.ts';
import { runScenario } from './run.ts';

const actions = new Map([
  ['a.apply', { action: 'a.apply', effect: 'repairs', highestAutonomy: 'auto' }],
  ['a.restart', { action: 'a.restart', effect: 'disrupts', highestAutonomy: 'auto' }],
] as const);

const playbook = `playbook: some
for: redis/*
ladder:
  - { id: apply, action: a.apply, with: { to: '{{ node }}' }, after: 2m, max: 1, autonomy: auto, deadline: 1m, window: 90s, soak: 30s }
  - { id: restart, action: a.restart, after: 6m, max: 1, autonomy: auto, window: 2m, soak: 30s }
`;

/** An outage that the second step mends, judged by these expectations: where it differs, and how. */
function differences(
  expected: string,
  story = '[{ at: 0s, what: breaks, resource: redis/cache, mendedBy: [restart] }]',
) {
  const { scenarios, problems } = parseScenarios(
    `scenario: some
resources: { redis/cache: { nodes: { c1: m1 } } }
services: { web: { uses: [redis/cache], hosts: [h1, h2, h3] } }
runs: 20m
story: ${story}
expect: { redis/cache: ${expected} }
`,
    'some.scenario.yaml',
  );
  expect(problems).toEqual([]);
  const [scenario] = scenarios;
  if (scenario === undefined) throw new Error('no scenario was read');
  const { placed } = readPlaybooks([{ file: 'some.yaml', text: playbook }], { actions });
  const { entries } = runScenario(scenario, placed);
  return judge(scenario, entries).map(({ expectation, message, file, line, code }) => {
    expect([file, line, code]).toEqual(['some.scenario.yaml', 6, 'differs']);
    return [expectation, message];
  });
}

it.each<readonly [expected: string, found: readonly (readonly [string, string])[]]>([
  ['{ opens: 1m..2m, verdicts: [ineffective, effective], ends: ok, credit: attempt, closes: 6m..8m }', []],
  ['{ opens: never }', [['opens', 'an incident opened at 1m']]],
  ['{ opens: 2m }', [['opens', 'an incident opened at 1m']]],
  ['{ opens: 1m..62s }', []],
  ['{ closes: never }', [['closes', 'the incident closed at 7m']]],
  ['{ closes: 1m }', [['closes', 'the incident closed at 7m']]],
  ['{ verdicts: [effective] }', [['verdicts', 'it was ineffective, effective']]],
  ['{ verdicts: [] }', [['verdicts', 'it was ineffective, effective']]],
  ['{ held: [storm] }', [['held[0]', 'nothing held']]],
  [
    '{ held: [storm, one-in-flight] }',
    [
      ['held[0]', 'nothing held'],
      ['held[1]', 'nothing held'],
    ],
  ],
  ['{ refused: [budget] }', [['refused[0]', 'nothing refused']]],
  ['{ asked: 1 }', [['asked', 'it was 0 times']]],
  ['{ asked: 0 }', []],
  ['{ shadowed: [apply] }', [['shadowed', 'there were none']]],
  ['{ shadowed: [] }', []],
  ['{ credit: itself }', [['credit', 'it was attempt']]],
  ['{ ends: open }', [['ends', 'it was ok']]],
  [
    '{ orders: [{ step: apply }, { step: restart }, { step: apply }] }',
    [['orders[2]', 'this order was never sent']],
  ],
  ['{ orders: [{ step: apply }] }', [['orders', 'another order was sent: restart on m1 at 6m']]],
  ['{ orders: [{ step: restart }, { step: restart }] }', [['orders[0].step', 'it was apply on m1 at 2m']]],
  [
    '{ orders: [{ step: apply, at: 1m }, { step: restart, at: 6m..7m }] }',
    [['orders[0].at', 'apply ran at 2m']],
  ],
  [
    '{ orders: [{ step: apply, targets: [m1, m2] }, { step: restart, targets: [m1] }] }',
    [['orders[0].targets', 'it was apply on m1 at 2m']],
  ],
  [
    '{ orders: [{ step: apply, with: { to: c1 } }, { step: restart, with: { to: c1 } }] }',
    [['orders[1].with', 'its arguments were {}']],
  ],
  ['{ orders: [] }', [['orders', 'another order was sent: apply on m1 at 2m']]],
])('tells where a run differs from what was expected, and what it was instead: %s', (expected, found) => {
  expect(differences(expected)).toEqual(found);
});

const all =
  '{ opens: 1m, closes: 2m, credit: itself, verdicts: [effective], ends: ok, orders: [{ step: apply }] }';

it.each<readonly [what: string, story: string, found: readonly (readonly [string, string])[]]>([
  [
    'an outage too short to open on',
    '[{ at: 2m, what: breaks, resource: redis/cache, for: 20s }]',
    [
      ['opens', 'it never came to it'],
      ['orders[0]', 'this order was never sent'],
      ['verdicts', 'there were none'],
      ['closes', 'it never came to it'],
      ['credit', 'it was nobody: it did not close'],
    ],
  ],
  [
    'an outage that nothing mends',
    '[{ at: 0s, what: breaks, resource: redis/cache }]',
    [
      ['orders', 'another order was sent: restart on m1 at 6m'],
      ['verdicts', 'it was ineffective, ineffective'],
      ['closes', 'it never came to it'],
      ['credit', 'it was nobody: it did not close'],
      ['ends', 'it was exhausted'],
    ],
  ],
])('tells it of %s', (_, story, found) => {
  expect(differences(all, story)).toEqual(found);
});

it.each([
  ['ok', '17m', 'for: 20s'],
  ['suspected', '19m30s', ''],
  ['open', '17m', ''],
  ['exhausted', '0s', ''],
])('knows that it ends %s where it breaks at %s %s', (ends, at, span) => {
  const breaks = `[{ at: ${at}, what: breaks, resource: redis/cache${span === '' ? '' : `, ${span}`} }]`;
  expect(differences(`{ ends: ${ends} }`, breaks)).toEqual([]);
  expect(differences('{ ends: paused }', breaks)).toEqual([['ends', `it was ${ends}`]]);
});
