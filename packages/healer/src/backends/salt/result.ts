import type { ActionResult, TargetOutcome } from '@prunella/core';
import type { Missing } from './follow-job.ts';

const longestSummary = 500;

/** Nothing was sent, so nothing can have run. */
export function neverSent(summary: string): ActionResult {
  return { outcome: 'failed', summary, targets: [], neverSent: true };
}

/**
 * What becomes of an order as a whole: unknown where that of one target is, failed where one failed, and
 * succeeded only where every target did.
 */
export function resultOf(functionName: string, targets: readonly TargetOutcome[]): ActionResult {
  const withOutcome = (...outcomes: readonly TargetOutcome['outcome'][]) =>
    targets.filter((target) => outcomes.includes(target.outcome));
  const open = withOutcome('unknown', 'silent');
  const bad = withOutcome('failed', 'refused');
  const outcome =
    open.length > 0 ? 'unknown' : bad.length > 0 || targets.length === 0 ? 'failed' : 'succeeded';
  const told = open.length > 0 || bad.length > 0 ? [...open, ...bad] : targets;
  const details = told.map((target) => `${target.id}: ${target.detail}`).join('; ');
  const counted = `${functionName} on ${targets.length}, ${targets.length - open.length - bad.length} succeeded`;
  return { outcome, summary: cut(`${counted}; ${details}`), targets };
}

/** A minion of which nothing came back. */
export function missingOutcome(
  id: string,
  missing: Missing,
  fenced: boolean,
  problem: string | null,
): TargetOutcome {
  const outcome = missing === 'silent' ? 'silent' : missing === 'unknown-minion' ? 'failed' : 'unknown';
  const because = problem === null ? '' : ` (${problem})`;
  return { id, outcome, detail: `${missingTexts[missing]}${because}`, fenced };
}

export const missingTexts: Readonly<Record<Missing, string>> = {
  silent: 'the minion does not answer',
  lost: 'the minion answers but its return was lost: nobody knows how far it came',
  late: 'no return by the deadline',
  'unknown-minion': 'the Salt master has no minion of this id, so nothing was sent to it',
};

function cut(value: string): string {
  return value.length <= longestSummary ? value : `${value.slice(0, longestSummary - 1)}\u2026`;
}
