import type { Refusal } from '../guardrails/guardrail.ts';
import { argumentsOf } from '../parameters/arguments-of.ts';
import { matchesPattern } from '../playbook/match.ts';
import type { Step } from '../playbook/playbook.ts';
import type { Command } from './command.ts';
import type { Hold, Prediction, ResourceFacts } from './input.ts';
import type { Attempt, AttemptTargets, Incident } from './state.ts';
import { list, plural } from './wording.ts';

const longestMs = 600_000;
const lookAgainMs = 60_000;
const changesNamed = 5;

type Asked = NonNullable<Extract<Command, { type: 'resolve-targets' }>['dryRun']>;

/** What is asked of the backend beside the targets. Whom it will be is not known yet, so `failing` stands for it. */
export function dryRunOf(
  step: Step,
  incident: Incident,
  attempt: Attempt,
  failing: readonly string[],
  facts: ResourceFacts,
): Asked | null {
  if (step.dryRun === undefined) return null;
  const targets = attempt.targets ?? { at: 0, resolved: true, ids: failing, silent: [], failing };
  const filled = argumentsOf(step, incident, { id: attempt.id, targets }, facts);
  // The guardrail `arguments` says what is wrong with those that cannot be filled in.
  if (filled.arguments === null) return null;
  return { arguments: filled.arguments, withinMs: Math.min(step.deadlineMs, longestMs) };
}

/** Why a step is not run after its dry run; null where it may be, or none was asked for. */
export function judgeDryRun(
  step: Step,
  { ids, predictions = [] }: AttemptTargets,
  now: number,
): Refusal | Hold | null {
  const { dryRun } = step;
  if (dryRun === undefined) return null;
  const told = ids.map((id) => predictions.find((one) => one.id === id) ?? untold(id));
  const tooMany = told.find(({ count }) => count > dryRun.mostChanges);
  if (tooMany !== undefined) {
    return refused(
      `it would change ${tooMany.count} on ${tooMany.id}, and dryRun.mostChanges is ${dryRun.mostChanges}`,
    );
  }
  for (const { id, changes } of told) {
    const forbidden = changes.find(({ name }) =>
      dryRun.never.some((pattern) => matchesPattern(pattern, name)),
    );
    if (forbidden !== undefined)
      return refused(`it would change ${forbidden.name} on ${id}, which dryRun.never names`);
  }
  const unclear = told.find(({ problem }) => problem !== undefined);
  if (unclear === undefined) return null;
  return {
    guardrail: 'dry-run',
    reason: `what it would change on ${unclear.id} is not known: ${unclear.problem}`,
    until: now + lookAgainMs,
    remedy: `see why the dry run of step ${step.id} fails there; it is made again by then`,
  };
}

/** Where two dry runs predict the same, what was approved of one is good for the other. */
export function samePredictions(left: AttemptTargets, right: AttemptTargets): boolean {
  return signature(left) === signature(right);
}

/** What an attempt would change, for the person who is asked; null where nobody looked. */
export function predictedText({ predictions }: AttemptTargets): string | null {
  if (predictions === undefined) return null;
  return predictions
    .map(({ id, count, changes, problem }) => {
      if (problem !== undefined) return `${id}: ${problem}`;
      const named = changes.slice(0, changesNamed).map(({ name, detail }) => `${name} (${detail})`);
      const more = count > named.length ? `, and ${count - named.length} more` : '';
      return `${id}: ${plural(count, 'change')}${named.length === 0 ? '' : `: ${list(named, changesNamed)}`}${more}`;
    })
    .join('; ');
}

function signature({ predictions = [] }: AttemptTargets): string {
  const told = predictions.map(({ id, count, changes }) => [
    id,
    count,
    changes.map(({ name }) => name).sort(),
  ]);
  return JSON.stringify(told.sort());
}

function refused(reason: string): Refusal {
  return { refused: true, guardrail: 'dry-run', reason };
}

function untold(id: string): Prediction {
  return { id, count: 0, changes: [], problem: 'its dry run gave no answer' };
}
