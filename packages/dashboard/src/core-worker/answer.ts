import {
  argumentsProblem,
  checkPlaybooks,
  isError,
  type PlacedPlaybook,
  type PlaybookContext,
  type Problem,
  type ReadPlaybooks,
  readPlaybooks,
} from '@prunella/core';
import { offsetText, parseScenarios, runScenario, type Scenario, timelineOf } from '@prunella/core/scenario';
import type { Checked, CoreQuestion, Lived, Story, TriedPlaybooks, Written } from './messages.ts';
import { writeScenario } from './write-scenario.ts';

const linesMost = 2_000;

/** The healer's own reading, checking and living of playbooks; the browser has no other. */
export function answerTo(question: CoreQuestion): Checked | Lived | Written {
  switch (question.what) {
    case 'check':
      return check(question);
    case 'run':
      return live(question);
    case 'write':
      return write(question);
  }
}

function write(question: Extract<CoreQuestion, { what: 'write' }>): Written {
  const { placed } = read(question);
  const found = placed.find(({ playbook }) => playbook.name === question.playbook);
  if (found === undefined) return { scenario: null };
  return { scenario: writeScenario(found.playbook, question.owned, question.resources) };
}

function check(question: Extract<CoreQuestion, { what: 'check' }>): Checked {
  const { placed, problems } = read(question);
  const together = checkPlaybooks(placed, question.resources);
  const own = [...problems, ...together].filter(({ file }) => file === question.file);
  return { problems: own.sort((left, right) => left.line - right.line) };
}

function live(question: Extract<CoreQuestion, { what: 'run' }>): Lived {
  const { placed, problems } = read(question);
  const { scenarios, problems: ofScenario } = parseScenarios(question.scenario, question.scenarioFile);
  const errors = [...ofScenario, ...problems].filter(isError);
  if (errors.length > 0) return { stories: [], problems: errors };
  const stories: Story[] = [];
  const found: Problem[] = [];
  for (const scenario of scenarios) {
    const run = runScenario(
      scenario,
      placed.filter((one) => isMeant(one, scenario)),
    );
    found.push(...run.problems);
    if (run.problems.some(isError)) continue;
    const timeline = timelineOf(run);
    stories.push({
      scenario: scenario.text.scenario,
      timeline: timeline.slice(0, linesMost).map((line) => ({ ...line, offset: offsetText(line.atMs) })),
      more: Math.max(0, timeline.length - linesMost),
      isJudged: Object.values(scenario.text.expect).some((expected) => Object.keys(expected).length > 0),
      differences: run.differences,
    });
  }
  return { stories, problems: found };
}

/** A scenario names files from its own folder; here only their last part is known to be the same. */
function isMeant({ file }: PlacedPlaybook, { text }: Scenario): boolean {
  return text.playbooks === undefined || text.playbooks.some((name) => lastPart(name) === lastPart(file));
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function read({ sources, actions }: TriedPlaybooks): ReadPlaybooks {
  return readPlaybooks(sources, contextOf(actions));
}

/** As the healer's own, but for what only its backends know: which commands and runners they list. */
function contextOf(actions: TriedPlaybooks['actions']): PlaybookContext {
  const known = new Map(actions.map((each) => [each.action, each]));
  return {
    actions: new Map(
      actions.map(({ action, effect, highestAutonomy, promises }) => [
        action,
        { action, effect, highestAutonomy, ...(promises.dryRuns && { dryRuns: true as const }) },
      ]),
    ),
    argumentProblem: (action, given) => {
      const schema = known.get(action)?.arguments ?? null;
      return schema === null ? null : argumentsProblem(action, schema, given);
    },
  };
}
