import type { PermitRequest } from '../decide/command.ts';
import type { PermitDecision } from '../decide/input.ts';
import type { Lease, Waiting } from './rows.ts';
import type { FleetState } from './state.ts';
import type { Numbered } from './table.ts';
import { type Leases, type WaitingOnes, waitingOf } from './tables.ts';
import type { FleetTold } from './told.ts';

const waitingKept = 1_000;

/** Whose lease keeps a request from its targets, or its resource from a second attempt. */
export function lockedBy(
  leases: Leases,
  { resource, targets }: Pick<PermitRequest, 'resource' | 'targets'>,
): { readonly lease: Lease; readonly shared: readonly string[] } | null {
  const found = [
    leases.first('resource', resource),
    ...targets.map((target) => leases.first('target', target)),
  ];
  const first = found.reduce((one, other) =>
    one === undefined || (other !== undefined && other.number < one.number) ? other : one,
  );
  if (first === undefined) return null;
  const { row: lease } = first;
  return { lease, shared: lease.targets.filter((target) => targets.includes(target)) };
}

/** Whoever is held for a lock is remembered, the first to ask first, until the next answer that it gets. */
export function withWaiting(state: FleetState, request: PermitRequest, decision: PermitDecision): FleetState {
  const { attempt, resource, targets } = request;
  const before = state.waiting ?? waitingOf();
  if (decision.type === 'held' && decision.hold.guardrail === 'one-in-flight') {
    if (before.count('attempt', attempt) > 0) return state;
    const waiting = before.with({ attempt, resource, targets: [...targets] });
    return { ...state, waiting: waiting.size > waitingKept ? withoutFirst(waiting) : waiting };
  }
  return without(state, before.find('resource', resource));
}

/** It does not want its turn, or not now: others need not wait for it. */
export function withoutTurn(state: FleetState, attempt: string): FleetState {
  return without(state, state.waiting?.find('attempt', attempt) ?? []);
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
  const next = perhapsFree(state).filter(({ row: each }) => {
    const isFree = lockedBy(state.leases, each) === null && !each.targets.some((target) => taken.has(target));
    if (isFree) for (const target of each.targets) taken.add(target);
    return isFree;
  });
  return {
    state: without(state, next),
    told: next.map(({ row: { resource, attempt } }) => ({ resource, input: { type: 'unlocked', attempt } })),
  };
}

/** In their order, and all but those whose first target is known to be locked: they need not be looked at. */
function perhapsFree({ waiting, leases }: FleetState): readonly Numbered<Waiting>[] {
  if (waiting === undefined) return [];
  const found = [...waiting.find('noTarget')];
  for (const target of waiting.keys('firstTarget')) {
    if (leases.count('target', target) === 0) found.push(...waiting.find('firstTarget', target));
  }
  return found.sort((left, right) => left.number - right.number);
}

function without(state: FleetState, gone: readonly Numbered<Waiting>[]): FleetState {
  const { waiting: before, ...rest } = state;
  if (before === undefined || gone.length === 0) return state;
  const waiting = gone.reduce((left, { number }) => left.without(number), before);
  return waiting.size === 0 ? rest : { ...rest, waiting };
}

function withoutFirst(waiting: WaitingOnes): WaitingOnes {
  const first = waiting.eldest();
  return first === undefined ? waiting : waiting.without(first.number);
}
