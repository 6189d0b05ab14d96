import { expect, it } from 'vitest';
import { articlePlaybook, highstate, minutes } from '../../test/playbooks.ts';
import type { LogEntry, ResourceEvent } from '../decide/event.ts';
import type { ResourceFacts } from '../decide/input.ts';
import { presentAttempt } from '../decide/turn.ts';
import { World, worldBegan } from '../simulate/world.ts';
import { backtest } from './backtest.ts';
import { replay } from './replay.ts';

const playbook = articlePlaybook({
  ladder: [{ ...highstate, target: { select: 'expression', expression: 'db*', matcher: 'glob' } }],
  limits: { blastRadiusNodes: 2, healthyShare: 0 },
});
const facts: ResourceFacts = {
  resource: playbook.for,
  nodes: [
    { name: 'db1', target: 'minion-db1' },
    { name: 'db2', target: 'minion-db2' },
  ],
  labels: {},
};

/** An outage of which the repairs are paused and resumed twice; the healer starts again meanwhile. */
function log(): readonly LogEntry[] {
  const world = new World({
    playbook,
    facts,
    resolve: () => ({
      resolved: true,
      targets: ['minion-db1', 'minion-db2'].map((id) => ({ id, responding: true })),
    }),
  });
  for (const host of ['web1', 'web2', 'web3']) world.start(host);
  world.at(minutes(3), () => world.breaks());
  for (const at of [5, 10]) {
    world.at(minutes(at), () => world.tellFleet({ type: 'pause', by: 'ada', reason: `at ${at}` }));
    world.at(minutes(at + 2), () => world.tellFleet({ type: 'resume', by: 'ada' }));
  }
  world.at(minutes(7.5), () => world.crash(1_000));
  world.at(minutes(16), () => world.heals());
  world.runUntil(minutes(20));
  return entriesOf(world);
}

function entriesOf(world: World): readonly LogEntry[] {
  return world.events.map(({ at, event }, index) => ({
    sequence: index + 1,
    at: worldBegan + at,
    resource: facts.resource,
    incident: null,
    event,
  }));
}

const timesOf = (entries: readonly LogEntry[], type: ResourceEvent['type']) =>
  entries.filter(({ event }) => event.type === type).map(({ at, event }) => [at - worldBegan, event]);

it('a replay pauses, resumes and starts when the log says so, each time', () => {
  const lived = log();
  const { entries } = replay(lived, [playbook], { declared: () => facts });
  const pauses = timesOf(lived, 'kill-switch');
  expect(pauses).toHaveLength(4);
  expect(timesOf(entries, 'kill-switch')).toEqual(pauses);
  const starts = timesOf(lived, 'healer-started').map(([at]) => at);
  expect(starts.length).toBeGreaterThan(0);
  expect(timesOf(entries, 'healer-started').map(([at]) => at)).toEqual(expect.arrayContaining(starts));
});

it('orders go where the log learnt that they go, and to all declared targets where it did not', () => {
  const lived = log();
  const targetsOf = (given: readonly LogEntry[]) =>
    replay(given, [playbook], { declared: () => facts }).entries.flatMap(({ event }) =>
      event.type === 'attempt-intended' ? [event.targets] : [],
    );
  const both = ['minion-db1', 'minion-db2'];
  expect(new Set(targetsOf(lived).map((ids) => ids.join()))).toEqual(new Set([both.join()]));
  const unlearnt = lived.filter(({ event }) => event.type !== 'targets-resolved');
  expect(new Set(targetsOf(unlearnt).map((ids) => ids.join()))).toEqual(new Set([both.join()]));
  const one = lived.map((entry) =>
    entry.event.type === 'targets-resolved'
      ? {
          ...entry,
          event: {
            ...entry.event,
            resolution: { resolved: true, targets: [{ id: 'minion-db2', responding: true }] },
          },
        }
      : entry,
  );
  expect(new Set(targetsOf(one).map((ids) => ids.join()))).toEqual(new Set(['minion-db2']));
});

it('a backtest of it under the same playbook finds the same', () => {
  const { differences, same, unowned } = backtest(log(), [playbook], { declared: () => facts });
  expect(differences).toEqual([]);
  expect(same).toBeGreaterThan(2);
  expect(unowned).toEqual([]);
});

it('an answer that was refused, as it came to a question that was over, answers none now', () => {
  const asks = articlePlaybook({ ladder: [{ ...highstate, autonomy: 'ask', everyMs: minutes(1) }] });
  const world = new World({ playbook: asks, facts });
  for (const host of ['web1', 'web2', 'web3']) world.start(host);
  world.at(minutes(3), () => world.breaks());
  let first = '';
  world.at(minutes(10), () => {
    first = presentAttempt(world.state)?.id ?? '';
    world.command({ type: 'approve', attempt: first });
  });
  world.at(minutes(15), () => world.command({ type: 'reject', attempt: first, reason: 'too late' }));
  world.runUntil(minutes(16));
  const lived = entriesOf(world);
  expect(lived.filter(({ event }) => event.type === 'operator-commanded')).toMatchObject([
    { event: { trigger: { fate: 'executed' } } },
    { event: { trigger: { fate: 'rejected' } } },
  ]);
  expect(presentAttempt(world.state)).toMatchObject({ phase: 'awaiting-approval' });
  const until = worldBegan + minutes(16);
  expect(backtest(lived, [asks], { declared: () => facts, until }).differences).toEqual([]);
});
