import type { PermitRequest } from '../decide/command.ts';
import type { PermitDecision } from '../decide/input.ts';
import type { FleetState, Lease, Waiting } from './state.ts';
import type { FleetTold } from './told.ts';

const waitingKept = 1_000;

/** Whose lease keeps a request from its targets, or its resource from a second attempt. */
export function lockedBy(
  leases: readonly Lease[],
  { resource, targets }: Pick<PermitRequest, 'resource' | 'targets'>,
): { readonly lease: Lease; readonly shared: readonly string[] } | null {
  for (const lease of leases) {
    const shared = lease.targets.filter((target) => targets.includes(target));
    if (shared.length > 0 || lease.resource === resource) return { lease, shared };
  }
  return null;
}

/** Whoever is held for a lock is remembered, the first to ask first, until the next answer that it gets. */
export function withWaiting(state: FleetState, request: PermitRequest, decision: PermitDecision): FleetState {
  const { attempt, resource, targets } = request;
  const before = state.waiting ?? [];
  if (decision.type === 'held' && decision.hold.guardrail === 'one-in-flight') {
    if (before.some((each) => each.attempt === attempt)) return state;
    const one: Waiting = { attempt, resource, targets: [...targets] };
    return { ...state, waiting: [...before, one].slice(-waitingKept) };
  }
  return without(state, (each) => each.resource === resource);
}

/**
 * Locks were given back: those who may ask now are told so, for each target the one that waits longest. Who was told
 * and does not ask is forgotten; all others look again by themselves.
 */
export function tellWaiting(state: FleetState): {
  readonly state: FleetState;
  readonly told: readonly FleetTold[];
} {
  const taken = new Set<string>();
  const next = (state.waiting ?? []).filter((each) => {
    const isFree = lockedBy(state.leases, each) === null && !each.targets.some((target) => taken.has(target));
    if (isFree) for (const target of each.targets) taken.add(target);
    return isFree;
  });
  if (next.length === 0) return { state, told: [] };
  return {
    state: without(state, (each) => next.includes(each)),
    told: next.map(({ resource, attempt }) => ({ resource, input: { type: 'unlocked', attempt } })),
  };
}

function without(state: FleetState, isGone: (waiting: Waiting) => boolean): FleetState {
  const before = state.waiting ?? [];
  const waiting = before.filter((each) => !isGone(each));
  if (waiting.length === before.length) return state;
  const { waiting: _, ...rest } = state;
  return waiting.length === 0 ? rest : { ...rest, waiting };
}
