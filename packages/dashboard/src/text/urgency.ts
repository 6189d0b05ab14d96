import type { Explanation } from '@prunella/core';
import { needsPerson } from './fleet-sentence.ts';

export const urgency: readonly Explanation['state'][] = [
  'exhausted',
  'paused',
  'open',
  'attempting',
  'verifying',
  'suspected',
  'undecided',
];

/** Who needs a person comes first; then by state, then what is broken longest. */
export function inOrder(
  explanations: readonly Explanation[],
  asked: ReadonlySet<string>,
): readonly Explanation[] {
  const rank = (each: Explanation) => (needsPerson(each, asked) ? -1 : urgency.indexOf(each.state));
  const began = (each: Explanation) => each.firstFaultAt ?? Number.POSITIVE_INFINITY;
  return [...explanations].sort(
    (left, right) =>
      rank(left) - rank(right) || began(left) - began(right) || (left.resource < right.resource ? -1 : 1),
  );
}
