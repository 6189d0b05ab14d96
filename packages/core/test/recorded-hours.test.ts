import {
  autonomyReport,
  effectiveness,
  explain,
  fleetFacts,
  type LogEntry,
  type Playbook,
  type ResourceFacts,
  renderExplanation,
  viewIncidents,
  whyNot,
} from '@prunella/core';
import { backtest } from '@prunella/core/backtest';
import {
  type Entry,
  generateHistory,
  generateInnocent,
  type History,
  Simulation,
  worldBegan,
} from '@prunella/core/simulate';
import { describe, expect, it } from 'vitest';
import { expectAsRecorded, type Texts } from './recorded.ts';

const lookEveryMs = 83_000;
/** Fewer where the tests themselves are tried, mutant by mutant: `npm run mutation`. */
const hours = Math.min(30, Number(process.env['PRUNELLA_TEST_HOURS'] ?? '30'));
const seeds = Array.from({ length: hours }, (_, index) => index + 1);

/** What the healer says and keeps of every resource, now and then during the hour. */
function looking(simulation: Simulation): { readonly said: string[]; readonly kept: string[] } {
  const { history, agenda, healer } = simulation;
  const said: string[] = [];
  const kept: string[] = [];
  const look = () => {
    const { now } = agenda;
    const fleet = fleetFacts(healer.stored.fleet);
    for (const { facts, playbook } of history.resources) {
      const state = healer.stored.records.get(facts.resource)?.machine;
      if (state === undefined) continue;
      said.push(renderExplanation(explain(state, playbook, facts, fleet, now), now));
      for (const { id } of playbook.ladder)
        said.push(JSON.stringify(whyNot(state, playbook, facts, id, now)));
      said.push(JSON.stringify(viewIncidents(state)));
      kept.push(JSON.stringify(state));
    }
    kept.push(JSON.stringify(healer.stored.fleet));
  };
  for (let at = lookEveryMs; at < history.durationMs; at += lookEveryMs)
    agenda.at(worldBegan + at, 'world', look);
  return { said, kept };
}

function logOf(entries: readonly Entry[]): readonly LogEntry[] {
  return entries.flatMap((entry, index) => {
    if (entry.type !== 'event') return [];
    const { clock: at, resource, event } = entry;
    return [{ sequence: index + 1, at, resource, incident: null, event }];
  });
}

/** Later, and with more care: what a person might try. */
const changed = ({ ladder: [first, ...others], ...playbook }: Playbook): Playbook => ({
  ...playbook,
  ladder: [
    { ...first, afterMs: first.afterMs + 60_000, autonomy: 'ask' },
    ...others.map((step) => ({ ...step, afterMs: step.afterMs + 60_000 })),
  ],
});

function textsOf(history: History): Texts {
  const simulation = new Simulation(history);
  const { said, kept } = looking(simulation);
  const { entries, fleet } = simulation.run();
  const log = logOf(entries);
  const facts = new Map(history.resources.map((each) => [each.facts.resource, each.facts]));
  const declared = (resource: string): ResourceFacts =>
    facts.get(resource) ?? { resource, nodes: [], labels: {} };
  const playbooks = history.resources.map(({ playbook, facts: { resource } }) => ({
    ...playbook,
    for: resource,
  }));
  const subjects = history.resources.flatMap(({ facts: each, playbook }) => {
    const state = simulation.healer.stored.records.get(each.resource)?.machine;
    return state === undefined ? [] : [{ state, playbook, facts: each }];
  });
  const { now } = simulation.agenda;
  const highest = new Map(
    subjects.map(({ playbook }) => [playbook.ladder[0].action, { highestAutonomy: 'ask' as const }]),
  );
  return {
    decided: JSON.stringify([entries, fleet], null, 1),
    said: said.join('\n'),
    kept: kept.join('\n'),
    records: JSON.stringify(
      [[...effectiveness(log)], autonomyReport(subjects, now, highest, { decisions: 1, days: 0 })],
      null,
      1,
    ),
    replayed: JSON.stringify(
      [backtest(log, playbooks, { declared }), backtest(log, playbooks.map(changed), { declared })],
      null,
      1,
    ),
  };
}

describe('an hour that was lived before is decided and told as it was', () => {
  it.each(seeds)('around an outage: seed %i', (seed) => {
    expectAsRecorded('hours.json', `seed ${seed}`, textsOf(generateHistory(seed)));
  });

  it.each(seeds.slice(0, hours / 3))('in which no repair is right: seed %i', (seed) => {
    expectAsRecorded('hours.json', `innocent ${seed}`, textsOf(generateInnocent(seed)));
  });

  it('whatever is looked at meanwhile', () => {
    const history = generateHistory(2);
    const watched = new Simulation(history);
    looking(watched);
    expect(watched.run().entries).toEqual(new Simulation(history).run().entries);
  });
});
