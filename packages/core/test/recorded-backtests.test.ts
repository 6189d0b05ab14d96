import { defaultFleetSettings, type LogEntry, type Playbook, type ResourceFacts } from '@prunella/core';
import { backtest } from '@prunella/core/backtest';
import { worldBegan } from '@prunella/core/simulate';
import { describe, expect, it } from 'vitest';
import { evidenceOf } from '../src/backtest/evidence.ts';
import { replay } from '../src/backtest/replay.ts';
import { minutes, seconds } from './playbooks.ts';
import { expectAsRecorded } from './recorded.ts';
import { lived, stories } from './stories.ts';

type Change = (playbook: Playbook) => Playbook;

const eachStep =
  (change: Partial<Playbook['ladder'][number]>): Change =>
  ({ ladder: [first, ...others], ...playbook }) => ({
    ...playbook,
    ladder: [{ ...first, ...change }, ...others.map((step) => ({ ...step, ...change }))],
  });

/** What a person might try: less, more, sooner, later, elsewhere. */
const changes: Readonly<Record<string, Change>> = {
  'as it was': (playbook) => playbook,
  'a minute later': ({ open, ...playbook }) => ({
    ...playbook,
    open: { ...open, afterMs: open.afterMs + minutes(1) },
  }),
  'sooner, and by signals': ({ open, ...playbook }) => ({
    ...playbook,
    open: { ...open, afterMs: seconds(10), confirm: { by: 'none' }, signals: [{ type: '*' }] },
  }),
  asking: eachStep({ autonomy: 'ask' }),
  saying: eachStep({ autonomy: 'shadow' }),
  once: eachStep({ max: 1, everyMs: minutes(9) }),
  'for another fault': eachStep({ when: ['corrupt'] }),
  elsewhere: eachStep({ target: { select: 'expression', expression: 'db*', matcher: 'glob' } }),
  'with less': ({ limits, ...playbook }) => ({
    ...playbook,
    limits: { ...limits, attemptsPerDay: 1, flappingOpenings: 1, healthyShare: 1 },
  }),
};

describe('what a log saw, lived again under other playbooks, is as recorded', () => {
  // Every other one: what a replay does differs less from story to story than what is decided.
  const some = stories.filter((_, index) => index % 2 === 0);
  it.each(some.map((story) => [story.name, story] as const))('%s', (name, story) => {
    const world = lived(story);
    const of = (resource: string, offset: number): readonly LogEntry[] =>
      world.events.map(({ at, event }, index) => ({
        sequence: 2 * index + offset,
        at: worldBegan + at + offset * 90_000,
        resource,
        incident: null,
        event,
      }));
    // A second resource that nobody has a playbook for any more, and one that lives the same a little later.
    const other = 'rethinkdb/other';
    const log = [...of(world.resource, 0), ...of(other, 1), ...of('gone/gone', 0).slice(0, 9)].toSorted(
      (left, right) => left.at - right.at,
    );
    const declared = (resource: string): ResourceFacts => ({ ...world.facts, resource });
    const told = Object.entries(changes).flatMap(([what, change]) => {
      const playbooks = [world.resource, other].map((resource) => ({
        ...change(world.playbook),
        for: resource,
      }));
      const until = log.at(-1)?.at ?? 0;
      const storm = { ...defaultFleetSettings.storm, incidents: 2 };
      const installations =
        what === 'as it was'
          ? [
              { declared },
              { declared, until: until + 30_000 },
              { declared, fleetSettings: { ...defaultFleetSettings, storm } },
            ]
          : [{ declared, until }];
      return installations.map((installation) => [
        what,
        backtest(log, playbooks, installation),
        ...(what === 'elsewhere' ? [replay(log, playbooks, installation).entries] : []),
      ]);
    });
    expect(told).toHaveLength(Object.keys(changes).length + 2);
    expectAsRecorded('backtests.json', name, {
      evidence: JSON.stringify(evidenceOf(world.resource, of(world.resource, 0))),
      told: JSON.stringify(told, null, 1),
    });
  });
});
