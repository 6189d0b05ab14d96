import { describe, expect, it } from 'vitest';
import type { LogEntry } from '../decide/event.ts';
import type { ActionFacts, ResourceFacts } from '../decide/input.ts';
import { defaultFleetSettings } from '../fleet/settings.ts';
import { readPlaybooks } from '../playbook/parse.ts';
import { parseScenarios } from '../scenario/parse.ts';
import { runScenario } from '../scenario/run.ts';
import { backtest } from './backtest.ts';

const actions: ReadonlyMap<string, ActionFacts> = new Map([
  ['a.apply', { action: 'a.apply', effect: 'repairs', highestAutonomy: 'auto' }],
  ['a.restart', { action: 'a.restart', effect: 'disrupts', highestAutonomy: 'auto' }],
]);

const text = `playbook: some
for: redis/*
ladder:
  - { id: apply, action: a.apply, after: 2m, max: 1, autonomy: auto, deadline: 1m, window: 90s, soak: 30s }
  - { id: restart, action: a.restart, after: 6m, max: 1, autonomy: auto, window: 2m, soak: 30s }
`;

const declared = (resource: string): ResourceFacts => ({
  resource,
  nodes: [{ name: 'c1', target: 'm1' }],
  labels: {},
});

function playbooksOf(written: string) {
  const { placed, problems } = readPlaybooks([{ file: 'some.yaml', text: written }], { actions });
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  return placed;
}

/** What a healer wrote while it lived a scenario, as its store keeps it. */
function logOf(story: string): readonly LogEntry[] {
  const { scenarios, problems } = parseScenarios(
    `scenario: some
resources: { redis/cache: { nodes: { c1: m1 } } }
services: { web: { uses: [redis/cache], hosts: [h1, h2, h3] } }
runs: 90m
story: ${story}
`,
    'some.scenario.yaml',
  );
  expect(problems).toEqual([]);
  const [scenario] = scenarios;
  if (scenario === undefined) throw new Error('no scenario was read');
  return runScenario(scenario, playbooksOf(text)).entries.flatMap((entry, index) =>
    entry.type === 'event'
      ? [
          {
            sequence: index + 1,
            at: entry.clock,
            resource: entry.resource,
            incident: null,
            event: entry.event,
          },
        ]
      : [],
  );
}

const outage = '[{ at: 0s, what: breaks, resource: redis/cache, mendedBy: [restart] }]';

function against(story: string, change: (written: string) => string) {
  const playbooks = playbooksOf(change(text)).map(({ playbook }) => playbook);
  const { differences, same } = backtest(logOf(story), playbooks, { declared });
  return {
    same,
    differences: differences.map(({ what, step, recorded, replayed, why }) => [
      what,
      step,
      recorded !== null,
      replayed !== null,
      why,
    ]),
  };
}

describe('a backtest', () => {
  it.each([
    outage,
    '[{ at: 0s, what: breaks, resource: redis/cache, mendedBy: [apply] }]',
    '[{ at: 0s, what: breaks, resource: redis/cache }]',
    '[{ at: 0s, what: breaks, resource: redis/cache, for: 3m }, { at: 40m, what: breaks, resource: redis/cache, mendedBy: [apply] }]',
  ])('finds no difference where the playbook is the same: %s', (story) => {
    const { same, differences } = against(story, (written) => written);
    expect(differences).toEqual([]);
    expect(same).toBeGreaterThan(1);
  });

  it('tells what is not done any more, and why', () => {
    const { differences } = against(outage, (written) => written.replace('after: 6m', 'after: 60m'));
    expect(differences).toContainEqual(['sent', 'restart', true, false, expect.stringContaining('due')]);
    const refused = against(outage, (written) =>
      written.replace(
        'max: 1, autonomy: auto, window: 2m',
        'max: 1, autonomy: auto, if: "labels.x == \'y\'", window: 2m',
      ),
    );
    expect(refused.differences).toContainEqual(['sent', 'restart', true, false, expect.any(String)]);
  });

  it('tells what would be done sooner or later', () => {
    const { differences } = against(outage, (written) => written.replace('after: 2m', 'after: 4m'));
    expect(differences[0]).toEqual(['sent', 'apply', true, true, '2 min later']);
  });

  it('tells what is asked where it was done', () => {
    const { differences } = against(outage, (written) =>
      written.replace('autonomy: auto, window: 2m', 'autonomy: ask, window: 2m'),
    );
    expect(differences).toContainEqual(['asked', 'restart', false, true, expect.any(String)]);
    expect(differences).toContainEqual(['sent', 'restart', true, false, expect.stringContaining('person')]);
  });

  it('tells what opens now and did not then', () => {
    const { differences } = against(
      '[{ at: 0s, what: breaks, resource: redis/cache, for: 50s }]',
      (written) => written.replace('ladder:', 'open: { after: 20s }\nladder:'),
    );
    expect(differences).toContainEqual([
      'opened',
      null,
      false,
      true,
      expect.stringContaining('not reached any more'),
    ]);
  });

  it('is bounded by the fleet as it is configured now', () => {
    const { differences } = backtest(
      logOf(outage),
      playbooksOf(text).map(({ playbook }) => playbook),
      {
        declared,
        fleetSettings: { ...defaultFleetSettings, storm: { ...defaultFleetSettings.storm, incidents: 1 } },
      },
    );
    expect(differences.map(({ what, replayed }) => [what, replayed])).toContainEqual(['sent', null]);
  });

  it('lives nothing beyond the present', () => {
    const log = logOf(outage);
    const ordered = log.findIndex(({ event }) => event.type === 'attempt-intended');
    const soFar = log.slice(0, ordered + 1);
    const until = (soFar.at(-1)?.at ?? 0) + 60_000;
    const playbooks = playbooksOf(text.replace('after: 6m', 'after: 4m')).map(({ playbook }) => playbook);
    const timesOf = (given: object) =>
      backtest(soFar, playbooks, { declared, ...given }).differences.map(({ replayed }) => replayed?.at ?? 0);
    expect(Math.max(...timesOf({}))).toBeGreaterThan(until);
    expect(Math.max(0, ...timesOf({ until }))).toBeLessThanOrEqual(until);
  });

  it('finds no difference where a signal opened before the probe had its answer', () => {
    const written = `playbook: some
for: redis/*
open: { signals: [process.exit], confirm: none }
ladder: [{ id: restart, action: a.restart, soak: 5s, window: 1m }]
`;
    const playbooks = playbooksOf(written).map(({ playbook }) => playbook);
    const at = Date.UTC(2027, 0, 15, 8);
    const signal = {
      id: 's1',
      source: 'process',
      type: 'process.exit',
      resource: 'redis/cache',
      node: 'c1',
      status: 'firing',
      summary: 'c1 ended',
    } as const;
    const probe = { type: 'probe-changed', node: 'c1', passed: false, detail: 'refused' } as const;
    const entry = (sequence: number, when: number, event: LogEntry['event']): LogEntry => {
      return { sequence, at: when, resource: 'redis/cache', incident: null, event };
    };
    const log = [
      entry(1, at - 60_000, { ...probe, passed: true }),
      entry(2, at, { type: 'signal-received', signal, trigger: { fate: 'pending' } }),
      entry(3, at + 22, probe),
    ];
    const { differences } = backtest(log, playbooks, { declared, until: at + 10 * 60_000 });
    expect(differences.map(({ what }) => what)).toEqual(['opened', 'asked']);
    const mended = entry(4, at + 61_000, { ...probe, passed: true });
    const { differences: then } = backtest([...log, mended], playbooks, {
      declared,
      until: at + 10 * 60_000,
    });
    const closed = then.find(({ what }) => what === 'closed');
    expect(closed?.replayed?.at).toBeGreaterThanOrEqual(at + 61_000 + 5_000);
  });

  it('takes a pause of everything for no resource', () => {
    const log = logOf(outage);
    const at = log.at(-1)?.at ?? 0;
    const event = { type: 'kill-switch', paused: true, by: 'ada', reason: '' } as const;
    const pause: LogEntry = { sequence: log.length + 1, at, resource: '*', incident: null, event };
    const playbooks = playbooksOf(text).map(({ playbook }) => playbook);
    expect(backtest([...log, pause], playbooks, { declared }).unowned).toEqual([]);
  });

  it('names resources that no playbook is for any more', () => {
    const { unowned } = backtest(logOf(outage), [], { declared });
    expect(unowned).toEqual(['redis/cache']);
  });
});
