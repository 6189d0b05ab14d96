import type { FleetAlarm, Standing } from '../decide/input.ts';
import { duration, plural } from '../decide/wording.ts';
import type { FleetSettings } from './settings.ts';
import type { FleetState } from './state.ts';

const rounding = 1e-9;

/**
 * Independent resources that fail in the same moment as the healer sees it, or whose observers fall silent all
 * at once: more likely it is the healer that is cut off.
 */
export function isolationOf(state: FleetState, settings: FleetSettings, now: number): FleetAlarm | null {
  return (
    atOnce(state, settings, now, 'failing', 'probesFailSince', 'the own probes') ??
    atOnce(state, settings, now, 'silent', 'silentSince', 'most observers')
  );
}

function atOnce(
  state: FleetState,
  { isolation }: FleetSettings,
  now: number,
  which: 'failing' | 'silent',
  since: 'probesFailSince' | 'silentSince',
  whose: string,
): FleetAlarm | null {
  const resources = state.resources ?? 0;
  const enough = Math.max(isolation.leastResources, isolation.share * resources - rounding);
  const { standings } = state;
  // Seldom so many: only then are they looked at one by one.
  if (standings === undefined || standings.count(which) < enough) return null;
  const independent = independentOf(standings.find(which).map(({ row }) => row));
  const times = independent.map((each) => each[since] ?? 0).sort((left, right) => left - right);
  const together = mostWithin(times, isolation.withinMs);
  if (together < enough) return null;
  const what = since === 'silentSince' ? 'fell silent' : 'began to fail';
  const of = `${whose} of ${together} of ${plural(Math.max(resources, together), 'resource')}`;
  return {
    since: state.isolation?.since ?? now,
    reason: `the healer may be cut off: ${of} ${what} within ${duration(isolation.withinMs)}; nothing but what restores runs`,
    until: null,
  };
}

/** Not those that depend on another of them, and one for all that share a failure domain. */
function independentOf(standings: readonly Standing[]): readonly Standing[] {
  const names = new Set(standings.map(({ resource }) => resource));
  const domains = new Set<string>();
  return standings.filter(({ dependsOn, domains: own }) => {
    if (dependsOn.some((name) => names.has(name))) return false;
    const [only] = own;
    if (only === undefined || own.length > 1) return true;
    const isFirst = !domains.has(only);
    domains.add(only);
    return isFirst;
  });
}

/** Of sorted times, how many lie at most within one span. */
function mostWithin(times: readonly number[], spanMs: number): number {
  let from = 0;
  let most = 0;
  for (const [index, at] of times.entries()) {
    while ((times[from] ?? at) < at - spanMs) from += 1;
    most = Math.max(most, index - from + 1);
  }
  return most;
}
