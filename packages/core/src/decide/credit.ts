import type { Credit } from './event.ts';
import type { Attempt, ResourceState } from './state.ts';

/**
 * Whom the recovery is owed to. The first ok before the action began: it recovered by itself; between that and
 * the verdict: the attempt; after an ineffective verdict: late, counted for nobody.
 */
export function creditFor(state: ResourceState, attempts: readonly Attempt[], now: number): Credit {
  const last = attempts.findLast((attempt) => attempt.startedAt !== null && attempt.verdict !== null);
  if (last?.startedAt == null) return { to: 'itself' };
  const firstOkAt = firstOk(state) ?? now;
  if (firstOkAt < last.startedAt) {
    const before = attempts.slice(0, attempts.indexOf(last));
    return before.some((attempt) => attempt.verdict === 'ineffective') ? { to: 'late' } : { to: 'itself' };
  }
  if (last.verdict === 'effective') return { to: 'attempt', attempt: last.id };
  const isBeforeVerdict = last.verdictAt !== null && firstOkAt <= last.verdictAt;
  if (last.verdict === 'unverified' && isBeforeVerdict) return { to: 'attempt', attempt: last.id };
  return { to: 'late' };
}

/** The beginning of the present run of passing probes: of several nodes the last one's. */
function firstOk(state: ResourceState): number | null {
  const since = state.probes.map((probe) => probe.passingSince);
  if (since.length === 0 || since.some((at) => at === null)) return null;
  return Math.max(...since.map((at) => at ?? 0));
}
