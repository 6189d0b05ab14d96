import type { Refusal } from '../guardrails/guardrail.ts';
import { argumentsOf } from '../parameters/arguments-of.ts';
import { matchesPattern } from '../playbook/match.ts';
import type { Step } from '../playbook/playbook.ts';
import type { DryRunRequest, Hold, PredictedChange, Prediction, ResourceFacts } from './input.ts';
import type { Attempt, AttemptTargets, Incident } from './state.ts';
import { list, plural } from './wording.ts';

const longestMs = 600_000;
const lookAgainMs = 60_000;
const changesNamed = 5;

/** What is asked of the backend beside the targets. Whom it will be is not known yet, so `failing` stands for it. */
export function dryRunOf(
  step: Step,
  incident: Incident,
  attempt: Attempt,
  failing: readonly string[],
  facts: ResourceFacts,
): DryRunRequest | null {
  if (step.dryRun === undefined) return null;
  const targets = attempt.targets ?? { at: 0, resolved: true, ids: failing, silent: [], failing };
  const filled = argumentsOf(step, incident, { id: attempt.id, targets }, facts);
  // The guardrail `arguments` says what is wrong with those that cannot be filled in.
  if (filled.arguments === null) return null;
  return {
    arguments: filled.arguments,
    withinMs: Math.min(step.deadlineMs, longestMs),
    never: step.dryRun.never,
  };
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
  for (const { id, changes, digest } of told) {
    // A name that is shown need not be the one that is written: who compared all of them has marked which.
    const isForbidden = ({ name, forbidden }: PredictedChange) =>
      forbidden === true ||
      (digest === undefined && dryRun.never.some((pattern) => matchesPattern(pattern, name)));
    const forbidden = changes.find(isForbidden);
    if (forbidden !== undefined)
      return refused(`it would change ${forbidden.name} on ${id}, which dryRun.never names`);
  }
  const [unclear] = told.flatMap((one) => {
    const why = doubtOf(one);
    return why === null ? [] : [{ id: one.id, why }];
  });
  if (unclear === undefined) return null;
  return {
    guardrail: 'dry-run',
    reason: `what it would change on ${unclear.id} is not known: ${unclear.why}`,
    until: now + lookAgainMs,
    remedy: `see why the dry run of step ${step.id} fails there; it is made again by then`,
  };
}

function doubtOf({ count, changes, digest, problem }: Prediction): string | null {
  if (problem !== undefined) return problem;
  const unnamed = count - changes.length;
  if (digest !== undefined || unnamed <= 0) return null;
  return `${unnamed} of its ${count} changes are not named, and nobody compared them with dryRun.never`;
}

/** Where two dry runs predict the same, what was approved of one is good for the other. */
export function samePredictions(left: AttemptTargets, right: AttemptTargets): boolean {
  const { predictions: before = [] } = left;
  const { predictions: after = [] } = right;
  return (
    before.length === after.length &&
    before.every((one) => after.some((other) => one.id === other.id && sameChanges(one, other)))
  );
}

function sameChanges(left: Prediction, right: Prediction): boolean {
  if (left.count !== right.count) return false;
  if (left.digest !== undefined && right.digest !== undefined) return left.digest === right.digest;
  // Without digests, as an older healer kept it, the names say it, where they are all.
  return left.count <= left.changes.length && namesOf(left) === namesOf(right);
}

function namesOf({ changes }: Prediction): string {
  return JSON.stringify(changes.map(({ name }) => name).sort());
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

function refused(reason: string): Refusal {
  return { refused: true, guardrail: 'dry-run', reason };
}

function untold(id: string): Prediction {
  return { id, count: 0, changes: [], problem: 'its dry run gave no answer' };
}
