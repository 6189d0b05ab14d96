import { blamesResource, isSick, type ResourceCondition } from '@prunella/protocol';
import type { View } from './state.ts';

/** What is known of a resource; `at` where it most likely stands: reports keep their order. */
export function viewOf(views: readonly View[], resource: string, at = 0): View | undefined {
  const likely = views[at];
  return likely?.resource === resource ? likely : views.find((view) => view.resource === resource);
}

/**
 * Dates what an instance said, by the healer's clock. Ages only ever arrive late, so of two datings of the same
 * moment the earlier is the better one; and no first fault lies before the instance's last `ok`.
 */
export function dateCondition(said: ResourceCondition, previous: View | null, now: number): View {
  const kind = said.lastFaultKind ?? 'unknown';
  const sick = isSick(said.condition) && blamesResource(kind);
  const condition = isSick(said.condition) && !sick ? 'unknown' : said.condition;
  return {
    resource: said.resource,
    condition,
    kind: sick ? kind : null,
    firstFaultAt: sick ? firstFault(said, previous, now) : null,
    lastOkAt: condition === 'ok' ? now : (previous?.lastOkAt ?? null),
    lastSuccessAt: lastSuccess(said, previous, now),
    successes: said.successes,
    cacheOnly: said.cacheOnly !== undefined,
  };
}

function firstFault(said: ResourceCondition, previous: View | null, now: number): number {
  const dated = now - age(said.firstFaultAgeMs ?? said.sinceMs);
  const first = Math.max(dated, previous?.lastOkAt ?? dated);
  const before = previous?.firstFaultAt ?? null;
  if (before === null || previous === null) return first;
  const isNewStretch = said.successes > previous.successes && first > before && said.condition === 'down';
  return isNewStretch ? first : Math.min(before, first);
}

function lastSuccess(said: ResourceCondition, previous: View | null, now: number): number | null {
  if (said.lastSuccessAgeMs === undefined) return null;
  const dated = now - age(said.lastSuccessAgeMs);
  const before = previous?.lastSuccessAt ?? null;
  if (before === null || previous === null || said.successes !== previous.successes) return dated;
  return Math.min(before, dated);
}

function age(ms: number): number {
  return Number.isFinite(ms) && ms > 0 ? ms : 0;
}
