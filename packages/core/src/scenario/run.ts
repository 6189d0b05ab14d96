import { nearest } from '../document/nearest.ts';
import { isError, type Problem } from '../document/problem.ts';
import { checkPlaybooks } from '../playbook/check-playbooks.ts';
import { playbookUnder } from '../playbook/override.ts';
import type { PlacedPlaybook } from '../playbook/placed.ts';
import type { Playbook } from '../playbook/playbook.ts';
import type { Entry } from '../simulate/record.ts';
import { Simulation } from '../simulate/simulation.ts';
import { judge, type ScenarioDifference } from './judge.ts';
import type { Scenario } from './parse.ts';
import { factsOf, toHistory } from './to-history.ts';

export interface ScenarioRun {
  /** What happened, in order; times in ms since the world began, `settledMs` before `0s`. */
  readonly entries: readonly Entry[];
  readonly settledMs: number;
  /** Where it differs from what was expected. */
  readonly differences: readonly ScenarioDifference[];
  /** What kept it from being run at all, or warns of it. */
  readonly problems: readonly Problem[];
}

/** Lives a scenario under playbooks, in virtual time, and compares it with what it expects. Deterministic. */
export function runScenario(scenario: Scenario, placed: readonly PlacedPlaybook[]): ScenarioRun {
  const settledMs = scenario.text.settled;
  const playbooks = placed.map(({ playbook }) => playbook);
  const problems = cannotRun(scenario, placed, playbooks);
  if (problems.some(isError)) return { entries: [], settledMs, differences: [], problems };
  const { entries } = new Simulation(toHistory(scenario.text, playbooks)).run();
  return { entries, settledMs, differences: judge(scenario, entries), problems };
}

function cannotRun(
  scenario: Scenario,
  placed: readonly PlacedPlaybook[],
  playbooks: readonly Playbook[],
): readonly Problem[] {
  const facts = factsOf(scenario.text);
  const ties = checkPlaybooks(placed, facts).filter(({ code }) => code === 'playbook-tie');
  const unowned = facts.flatMap((each) => {
    if (playbookUnder(each, playbooks) !== undefined || scenario.text.expect[each.resource] === undefined)
      return [];
    const patterns = playbooks.map((playbook) => playbook.for);
    const meant = nearest(each.resource, patterns);
    return [
      scenario.document.problemAtKey(['expect', each.resource], {
        code: 'resource-without-playbook',
        message: `no playbook is for ${each.resource}`,
        suggestion:
          meant === null
            ? `there are playbooks for: ${patterns.join(', ') || 'nothing'}`
            : `there is one for ${meant}`,
      }),
    ];
  });
  return [...ties, ...unowned];
}
