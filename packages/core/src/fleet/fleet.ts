import type { PermitRequest } from '../decide/command.ts';
import type { FleetFacts, PermitDecision } from '../decide/input.ts';
import { killSwitchHold } from './checks.ts';
import { answerRequest } from './grant.ts';
import type { FleetState, Lease } from './state.ts';

export type FleetInput =
  | { readonly type: 'request'; readonly request: PermitRequest }
  /** `unsent`: the order provably never left, so that it counts against no budget. */
  | { readonly type: 'release'; readonly attempt: string; readonly unsent?: true }
  /** The permit was used: from now on it ends by release only, not by its expiry. */
  | { readonly type: 'used'; readonly attempt: string }
  | { readonly type: 'pause'; readonly by: string; readonly reason: string }
  | { readonly type: 'resume'; readonly by: string }
  | { readonly type: 'tick' };

export interface FleetPermit {
  readonly resource: string;
  readonly attempt: string;
  readonly decision: PermitDecision;
}

export interface FleetDecision {
  readonly state: FleetState;
  /** The answer to a request, and to earlier ones that this input decided (revoked or expired). */
  readonly permits: readonly FleetPermit[];
  /** Set where what every resource's machine must know has changed. */
  readonly facts: FleetFacts | null;
}

const dayMs = 86_400_000;

/**
 * The frame of the fleet machine: kill switch, budgets, and a lock for each target. Total and deterministic.
 * A held request is not queued: the attempt asks again when its hold says so.
 */
export type DecideFleet = (state: FleetState, input: FleetInput, now: number) => FleetDecision;

export const decideFleet: DecideFleet = (before, input, now) => {
  const expired = before.leases.filter((lease) => !lease.used && lease.expiresAt <= now);
  const state = forget(before, expired, now);
  const permits = expired.map((lease) => ({
    resource: lease.resource,
    attempt: lease.attempt,
    decision: { type: 'held' as const, hold: expiredHold(lease, now) },
  }));
  switch (input.type) {
    case 'request': {
      const answered = answerRequest(state, input.request, now);
      const { resource, attempt } = input.request;
      return {
        state: answered.state,
        permits: [...permits, { resource, attempt, decision: answered.decision }],
        facts: null,
      };
    }
    case 'release':
      return { state: release(state, input), permits, facts: null };
    case 'used':
      return { state: use(state, input.attempt, now), permits, facts: null };
    case 'pause':
      return pause(state, input, now, permits);
    case 'resume':
      if (state.paused === null) return { state, permits, facts: null };
      return { state: { ...state, paused: null }, permits, facts: { paused: null, resumedBy: input.by } };
    case 'tick':
      return { state, permits, facts: null };
  }
};

/** What every resource's machine must know now, such as after a start. */
export function fleetFacts(state: FleetState): FleetFacts {
  return { paused: state.paused };
}

/** When the fleet wants its next `tick`, ms since the Unix epoch; null where nothing is waited for. */
export function nextFleetAt(state: FleetState): number | null {
  const unused = state.leases.filter((lease) => !lease.used).map((lease) => lease.expiresAt);
  return unused.length === 0 ? null : Math.min(...unused);
}

function forget(state: FleetState, expired: readonly Lease[], now: number): FleetState {
  const isOld = state.starts.some((start) => start.at <= now - dayMs);
  if (expired.length === 0 && !isOld) return state;
  return {
    ...state,
    leases: state.leases.filter((lease) => !expired.includes(lease)),
    starts: state.starts.filter((start) => start.at > now - dayMs),
  };
}

function release(state: FleetState, input: Extract<FleetInput, { type: 'release' }>): FleetState {
  if (!state.leases.some((lease) => lease.attempt === input.attempt)) return state;
  return {
    ...state,
    leases: state.leases.filter((lease) => lease.attempt !== input.attempt),
    starts: input.unsent ? state.starts.filter((start) => start.attempt !== input.attempt) : state.starts,
  };
}

function use(state: FleetState, attempt: string, now: number): FleetState {
  const lease = state.leases.find((each) => each.attempt === attempt && !each.used);
  if (lease === undefined) return state;
  return {
    ...state,
    leases: state.leases.map((each) => (each === lease ? { ...each, used: true } : each)),
    starts: [...state.starts, { attempt, resource: lease.resource, effect: lease.effect, at: now }],
  };
}

function pause(
  state: FleetState,
  input: Extract<FleetInput, { type: 'pause' }>,
  now: number,
  permits: readonly FleetPermit[],
): FleetDecision {
  const paused = { by: input.by, reason: input.reason, at: state.paused?.at ?? now };
  const revoked = state.leases.filter((lease) => !lease.used);
  return {
    state: { ...state, paused, leases: state.leases.filter((lease) => lease.used) },
    permits: [
      ...permits,
      ...revoked.map((lease) => ({
        resource: lease.resource,
        attempt: lease.attempt,
        decision: { type: 'held' as const, hold: killSwitchHold(paused) },
      })),
    ],
    facts: { paused },
  };
}

function expiredHold(lease: Lease, now: number) {
  return {
    guardrail: 'permit-expired',
    reason: `permit ${lease.permit} was not used within ${Math.round((lease.expiresAt - lease.grantedAt) / 1000)} s`,
    until: now,
    remedy: 'nothing: the attempt asks again with fresh evidence',
  };
}
