import { blamesResource, isSick, type ResourceCondition } from '@prunella/protocol';
import type { View } from './state.ts';

/** The instant of what has not happened: before all others, and a number that JSON can hold. */
export const never = Number.MIN_SAFE_INTEGER;

/** Nothing said yet. */
export function blankView(resource: string): View {
  return {
    resource,
    condition: 'unknown',
    sinceAt: never,
    kind: null,
    firstFaultAt: never,
    lastOkAt: never,
    lastSuccessAt: never,
    successes: 0,
    cacheOnly: false,
    cachedAt: never,
  };
}

/** What is known of a resource; `at` where it most likely stands: reports keep their order. */
export function viewOf(views: readonly View[], resource: string, at = 0): View | undefined {
  const likely = views[at];
  return likely?.resource === resource ? likely : views.find((view) => view.resource === resource);
}

/**
 * Takes over, in place, what an instance said, dated by the healer's clock. Ages only ever arrive late, so of two
 * datings of the same moment the earlier is the better one; and no first fault lies before the instance's last `ok`.
 */
export function take(view: View, said: ResourceCondition, now: number): void {
  const kind = said.lastFaultKind ?? 'unknown';
  const sick = isSick(said.condition) && blamesResource(kind);
  view.firstFaultAt = sick ? firstFault(said, view, now) : never;
  view.lastSuccessAt = lastSuccess(said, view, now);
  view.condition = isSick(said.condition) && !sick ? 'unknown' : said.condition;
  view.sinceAt = now - age(said.sinceMs);
  view.kind = sick ? kind : null;
  if (view.condition === 'ok') view.lastOkAt = now;
  view.successes = said.successes;
  view.cacheOnly = said.cacheOnly !== undefined;
  view.cachedAt = said.cacheOnly === undefined ? never : now - age(said.cacheOnly.newestAgeMs);
}

function firstFault(said: ResourceCondition, previous: View, now: number): number {
  const first = Math.max(now - age(said.firstFaultAgeMs ?? said.sinceMs), previous.lastOkAt);
  const before = previous.firstFaultAt;
  if (before === never) return first;
  const isNewStretch = said.successes > previous.successes && first > before && said.condition === 'down';
  return isNewStretch ? first : Math.min(before, first);
}

function lastSuccess(said: ResourceCondition, previous: View, now: number): number {
  if (said.lastSuccessAgeMs === undefined) return never;
  const dated = now - age(said.lastSuccessAgeMs);
  const before = previous.lastSuccessAt;
  return before === never || said.successes !== previous.successes ? dated : Math.min(before, dated);
}

function age(ms: number): number {
  return Number.isFinite(ms) && ms > 0 ? ms : 0;
}
