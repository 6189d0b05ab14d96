import type { PermitRequest } from '../decide/command.ts';
import type { Hold } from '../decide/input.ts';
import { list, pauseText } from '../decide/wording.ts';
import type { FleetSettings } from './settings.ts';
import type { FleetState } from './state.ts';
import { hourOf, inHours } from './tables.ts';
import { lockedBy } from './waiting.ts';

const hourMs = 3_600_000;
const dayMs = 86_400_000;
const lookAgainMs = 5_000;
/** The one whose turn it is is told; it looks by itself in case the one before it did not want its turn. */
const unlockedAtLatestMs = 30_000;

/** Why the fleet does not grant a request now; the first that objects decides. */
export type FleetCheck = (
  state: FleetState,
  request: PermitRequest,
  now: number,
  settings: FleetSettings,
) => Hold | null;

export const fleetChecks: readonly FleetCheck[] = [
  killSwitch,
  lockedTarget,
  alarm,
  concurrency,
  disruptedDomains,
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
  const locked = lockedBy(state.leases, request);
  if (locked === null) return null;
  const { lease, shared } = locked;
  const what = shared.length === 0 ? `resource ${lease.resource}` : `target ${shared.join(', ')}`;
  return {
    guardrail: 'one-in-flight',
    reason: `${what} is held by attempt ${lease.attempt} of ${lease.resource}`,
    until: now + unlockedAtLatestMs,
    remedy: `wait for the verdict of ${lease.attempt}`,
  };
}

/** What the machines were told already holds there; here it holds what was asked for in the same moment. */
function alarm(state: FleetState, request: PermitRequest): Hold | null {
  if (request.effect === 'restores') return null;
  const { storm, isolation } = state;
  const [name, present] = storm == null ? (['isolation', isolation] as const) : (['storm', storm] as const);
  if (present == null) return null;
  const { reason, until } = present;
  return { guardrail: name, reason, until, remedy: 'look for the common cause' };
}

function concurrency(
  state: FleetState,
  request: PermitRequest,
  now: number,
  settings: FleetSettings,
): Hold | null {
  if (request.effect === 'restores') return null;
  if (state.leases.count('running') < settings.concurrency) return null;
  const running = state.leases.find('running');
  return {
    guardrail: 'fleet-concurrency',
    reason: `${running.length} attempts are not over in the fleet (${list(running.map(({ row }) => row.attempt))}); at most ${settings.concurrency} run at once`,
    until: now + lookAgainMs,
    remedy: 'wait for a verdict, or raise fleet.concurrency in prunella.yaml',
  };
}

/** Two failure domains must not be disrupted at once, or what one holds for the other is lost as well. */
function disruptedDomains(
  state: FleetState,
  request: PermitRequest,
  now: number,
  settings: FleetSettings,
): Hold | null {
  const { domains = [] } = request;
  if (request.effect !== 'disrupts' || domains.length === 0) return null;
  const disrupted = state.leases.find('disrupts').flatMap(({ row }) => row.domains ?? []);
  const all = new Set([...disrupted, ...domains]);
  if (disrupted.length === 0 || all.size <= settings.disruptedDomains) return null;
  return {
    guardrail: 'fleet-domains',
    reason: `something is disrupted in ${list([...new Set(disrupted)])} already; with ${list(domains)} it were ${all.size} failure domains at once, at most ${settings.disruptedDomains}`,
    until: now + lookAgainMs,
    remedy: 'wait for the verdict there, or raise fleet.disruptedDomains in prunella.yaml',
  };
}

function resourceBudget(state: FleetState, request: PermitRequest, now: number): Hold | null {
  if (request.effect === 'restores') return null;
  const starts = state.starts.find('repairOf', request.resource).filter(({ row }) => row.at > now - dayMs);
  const oldest = starts[starts.length - request.attemptsPerDay]?.row;
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
  const leased = state.leases.find('unused').filter(({ row }) => row.effect === 'disrupts').length;
  if (state.starts.count('disrupts') + leased < limit) return null;
  const firstHour = Number(hourOf(now - hourMs));
  const starts = inHours(state.starts, 'disruptionInHour', (hour) => hour >= firstHour).filter(
    ({ row }) => row.at > now - hourMs,
  );
  if (starts.length + leased < limit) return null;
  const oldest = starts[Math.max(0, starts.length - limit)]?.row;
  return {
    guardrail: 'budget',
    reason: `${starts.length + leased} disruptive attempts in the whole fleet in an hour; the limit is ${limit}`,
    until: (oldest?.at ?? now) + hourMs,
    remedy: 'repair by hand, or raise limits.disruptivePerFleetHour in the playbook',
  };
}
