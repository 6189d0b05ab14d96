import { type Condition, type FaultKind, isFaultKind, type ResourceCondition } from '@prunella/protocol';

/** What detached guards of one resource have counted; counters of a process only grow. */
export type Counts = Pick<ResourceCondition, 'successes' | 'faults'>;

/** One answer for each resource, the sick ones first. */
export function mergeConditions(
  snapshots: readonly ResourceCondition[],
  retired: ReadonlyMap<string, Counts>,
): readonly ResourceCondition[] {
  const merged = new Map<string, ResourceCondition>();
  for (const snapshot of snapshots) {
    const other = merged.get(snapshot.resource);
    merged.set(snapshot.resource, other === undefined ? snapshot : mergeTwo(other, snapshot));
  }
  return [...merged.values()]
    .map((each) => {
      const counts = retired.get(each.resource);
      return counts === undefined ? each : { ...each, ...addCounts(each, counts) };
    })
    .sort((left, right) => urgency(right.condition) - urgency(left.condition));
}

export function addCounts(left: Counts, right: Counts): Counts {
  const faults: Partial<Record<FaultKind, number>> = { ...left.faults };
  for (const [kind, count] of Object.entries(right.faults)) {
    if (isFaultKind(kind)) faults[kind] = (faults[kind] ?? 0) + count;
  }
  return { successes: left.successes + right.successes, faults };
}

function mergeTwo(left: ResourceCondition, right: ResourceCondition): ResourceCondition {
  const [sicker, other] = urgency(right.condition) > urgency(left.condition) ? [right, left] : [left, right];
  const condition = mergedCondition(left.condition, right.condition);
  return {
    ...other,
    ...sicker,
    condition,
    sinceMs: condition === sicker.condition ? sicker.sinceMs : Math.min(left.sinceMs, right.sinceMs),
    ...addCounts(left, right),
    ...ofBoth('firstFaultAgeMs', Math.max, left, right),
    ...ofBoth('lastSuccessAgeMs', Math.min, left, right),
  };
}

/** An age that both have, put together; one that only one of them has is there already. */
function ofBoth<Age extends 'firstFaultAgeMs' | 'lastSuccessAgeMs'>(
  age: Age,
  choose: (left: number, right: number) => number,
  { [age]: left }: ResourceCondition,
  { [age]: right }: ResourceCondition,
): Partial<Record<Age, number>> {
  if (left === undefined || right === undefined) return {};
  return { [age]: choose(left, right) } as Record<Age, number>;
}

/** `down` beside `ok` is some failed, some succeeded; `unknown` says nothing. */
function mergedCondition(left: Condition, right: Condition): Condition {
  if (left === right || right === 'unknown') return left;
  return left === 'unknown' ? right : 'degraded';
}

function urgency(condition: Condition): number {
  return ['unknown', 'ok', 'degraded', 'down'].indexOf(condition);
}
