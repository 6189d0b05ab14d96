import type { FleetAlarm } from '../decide/input.ts';
import { duration, plural } from '../decide/wording.ts';
import type { FleetSettings } from './settings.ts';
import type { FleetState } from './state.ts';

const rounding = 1e-9;

/** Many incidents in a short time, or many resources sick at once: one cause, which no single repair mends. */
export function stormOf(state: FleetState, settings: FleetSettings, now: number): FleetAlarm | null {
  return openedAtOnce(state, settings, now) ?? manyAreSick(state, settings, now);
}

function openedAtOnce(state: FleetState, { storm }: FleetSettings, now: number): FleetAlarm | null {
  // Asked at every input.
  if ((state.openings?.size ?? 0) < storm.incidents) return null;
  const recent = (state.openings?.rows() ?? []).filter(({ at }) => at > now - storm.withinMs);
  const deciding = recent[recent.length - storm.incidents];
  const newest = recent[recent.length - 1];
  if (deciding === undefined || newest === undefined) return null;
  const window = duration(storm.withinMs);
  return {
    since: state.storm?.since ?? newest.at,
    reason: `a storm: ${plural(recent.length, 'incident')} opened within ${window}; from ${storm.incidents} on nothing but what restores runs`,
    until: deciding.at + storm.withinMs,
  };
}

function manyAreSick(state: FleetState, { storm }: FleetSettings, now: number): FleetAlarm | null {
  const open = state.standings?.count('open') ?? 0;
  const resources = state.resources ?? 0;
  if (open < storm.leastResources || open < storm.share * resources - rounding) return null;
  const share = Math.round(storm.share * 100);
  return {
    since: state.storm?.since ?? now,
    reason: `a storm: ${open} of ${Math.max(resources, open)} resources have an open incident; from ${share} % and ${storm.leastResources} on nothing but what restores runs`,
    until: null,
  };
}
