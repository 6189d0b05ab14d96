import type { Explanation } from '@prunella/core';
import { urgencyOf } from '@prunella/core/describe';
import { needsPerson } from './fleet-sentence.ts';

/** Who needs a person comes first; then by state as in a terminal, then what is broken longest. */
export function inOrder(
  explanations: readonly Explanation[],
  asked: ReadonlySet<string>,
): readonly Explanation[] {
  const rank = (each: Explanation) => (needsPerson(each, asked) ? -1 : urgencyOf(each.state));
  const began = (each: Explanation) => each.firstFaultAt ?? Number.POSITIVE_INFINITY;
  return [...explanations].sort(
    (left, right) =>
      rank(left) - rank(right) || began(left) - began(right) || (left.resource < right.resource ? -1 : 1),
  );
}
