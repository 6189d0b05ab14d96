import type { PermitRequest } from '../decide/command.ts';
import type { Hold } from '../decide/input.ts';
import { pauseText } from '../decide/wording.ts';
import type { FleetState } from './state.ts';

const hourMs = 3_600_000;
const dayMs = 86_400_000;
const lockedLookAgainMs = 5_000;

/** Why the fleet does not grant a request now; the first that objects decides. */
export type FleetCheck = (state: FleetState, request: PermitRequest, now: number) => Hold | null;

export const fleetChecks: readonly FleetCheck[] = [
  killSwitch,
  lockedTarget,
  resourceBudget,
  disruptionBudget,
];

export function killSwitchHold(paused: NonNullable<FleetState['paused']>): Hold {
  return {
    guardrail: 'kill-switch',
    reason: pauseText(paused),
    until: null,
    remedy: 'prunella resume',
  };
}

function killSwitch(state: FleetState): Hold | null {
  return state.paused === null ? null : killSwitchHold(state.paused);
}

/** One attempt per resource, and one per target over all resources: all targets are free, or none is taken. */
function lockedTarget(state: FleetState, request: PermitRequest, now: number): Hold | null {
  for (const lease of state.leases) {
    const shared = lease.targets.filter((target) => request.targets.includes(target));
    if (shared.length === 0 && lease.resource !== request.resource) continue;
    const what = shared.length === 0 ? `resource ${lease.resource}` : `target ${shared.join(', ')}`;
    return {
      guardrail: 'one-in-flight',
      reason: `${what} is held by attempt ${lease.attempt} of ${lease.resource}`,
      until: now + lockedLookAgainMs,
      remedy: `wait for the verdict of ${lease.attempt}`,
    };
  }
  return null;
}

function resourceBudget(state: FleetState, request: PermitRequest, now: number): Hold | null {
  if (request.effect === 'restores') return null;
  const starts = state.starts.filter(
    (start) => start.resource === request.resource && start.effect !== 'restores' && start.at > now - dayMs,
  );
  const oldest = starts[starts.length - request.attemptsPerDay];
  if (oldest === undefined && request.attemptsPerDay > 0) return null;
  return {
    guardrail: 'budget',
    reason: `${starts.length} attempts for ${request.resource} in a day; the limit is ${request.attemptsPerDay}`,
    until: (oldest?.at ?? now) + dayMs,
    remedy: 'repair by hand, or raise limits.attemptsPerDay in the playbook',
  };
}

function disruptionBudget(state: FleetState, request: PermitRequest, now: number): Hold | null {
  if (request.effect !== 'disrupts') return null;
  const limit = request.disruptivePerFleetHour;
  const starts = state.starts.filter((start) => start.effect === 'disrupts' && start.at > now - hourMs);
  const leased = state.leases.filter((lease) => lease.effect === 'disrupts' && !lease.used).length;
  if (starts.length + leased < limit) return null;
  const oldest = starts[Math.max(0, starts.length - limit)];
  return {
    guardrail: 'budget',
    reason: `${starts.length + leased} disruptive attempts in the whole fleet in an hour; the limit is ${limit}`,
    until: (oldest?.at ?? now) + hourMs,
    remedy: 'repair by hand, or raise limits.disruptivePerFleetHour in the playbook',
  };
}
