import {
  type CohortSummary,
  type Condition,
  conditions,
  type FaultKind,
  faultKinds,
  type ObservationSummary,
  summaryIdLimit,
  witnessLimit,
} from '@prunella/protocol';

type NewestFault = NonNullable<ObservationSummary['newestFault']>;

/**
 * Associative and commutative, for summaries of one resource over disjoint sets of instances. Of two cohorts
 * of different incidents the one whose id is last in code unit order is kept.
 * Throws a RangeError for summaries of two resources.
 */
export function mergeSummaries(left: ObservationSummary, right: ObservationSummary): ObservationSummary {
  if (left.resource !== right.resource) {
    throw new RangeError(
      `summaries of two resources cannot be merged: ${left.resource} and ${right.resource}`,
    );
  }
  return {
    resource: left.resource,
    observers: left.observers + right.observers,
    conditions: addConditions(left.conditions, right.conditions),
    sickByKind: addKinds(left.sickByKind, right.sickByKind),
    hosts: {
      observing: unite(left.hosts.observing, right.hosts.observing),
      sick: unite(left.hosts.sick, right.hosts.sick),
    },
    services: {
      observing: unite(left.services.observing, right.services.observing),
      sick: unite(left.services.sick, right.services.sick),
    },
    earliestFaultAt: earlier(left.earliestFaultAt, right.earliestFaultAt),
    newestReportAt: later(left.newestReportAt, right.newestReportAt),
    settled: left.settled && right.settled,
    settlesAt: later(left.settlesAt ?? null, right.settlesAt ?? null),
    cohort: mergeCohorts(left.cohort, right.cohort),
    cacheOnly: (left.cacheOnly ?? 0) + (right.cacheOnly ?? 0),
    silent: (left.silent ?? 0) + (right.silent ?? 0),
    newestFault: newerFault(left.newestFault ?? null, right.newestFault ?? null),
    ...mergeWitnesses(left, right),
  };
}

function addConditions(
  left: ObservationSummary['conditions'],
  right: ObservationSummary['conditions'],
): Record<Condition, number> {
  const sum: Record<Condition, number> = { ok: 0, degraded: 0, down: 0, unknown: 0 };
  for (const condition of conditions) sum[condition] = left[condition] + right[condition];
  return sum;
}

function addKinds(
  left: ObservationSummary['sickByKind'],
  right: ObservationSummary['sickByKind'],
): Partial<Record<FaultKind, number>> {
  const sum: Partial<Record<FaultKind, number>> = {};
  for (const kind of faultKinds) {
    const count = (left[kind] ?? 0) + (right[kind] ?? 0);
    if (count > 0) sum[kind] = count;
  }
  return sum;
}

function unite(left: readonly string[], right: readonly string[]): string[] {
  return [...new Set([...left, ...right])].sort().slice(0, summaryIdLimit);
}

function earlier(left: number | null, right: number | null): number | null {
  if (left === null || right === null) return left ?? right;
  return Math.min(left, right);
}

function later(left: number | null, right: number | null): number | null {
  if (left === null || right === null) return left ?? right;
  return Math.max(left, right);
}

function newerFault(left: NewestFault | null, right: NewestFault | null): NewestFault | null {
  if (left === null || right === null) return left ?? right;
  if (left.at !== right.at) return left.at > right.at ? left : right;
  if (left.text !== right.text) return left.text > right.text ? left : right;
  return left.kind > right.kind ? left : right;
}

function mergeWitnesses(
  left: ObservationSummary,
  right: ObservationSummary,
): Pick<ObservationSummary, 'witnesses'> {
  if (left.witnesses === undefined && right.witnesses === undefined) return {};
  const all = [...(left.witnesses ?? []), ...(right.witnesses ?? [])];
  all.sort((one, other) => (one.instance < other.instance ? -1 : 1));
  return { witnesses: all.slice(0, witnessLimit) };
}

function mergeCohorts(left: CohortSummary | null, right: CohortSummary | null): CohortSummary | null {
  if (left === null || right === null) return left ?? right;
  if (left.incident !== right.incident) return left.incident > right.incident ? left : right;
  return {
    incident: left.incident,
    total: left.total + right.total,
    sick: left.sick + right.sick,
    okSinceMark: left.okSinceMark + right.okSinceMark,
    gone: left.gone + right.gone,
    markAt: later(left.markAt, right.markAt),
    ids: unite(left.ids, right.ids),
  };
}
