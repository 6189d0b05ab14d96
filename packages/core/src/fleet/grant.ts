import type { PermitRequest } from '../decide/command.ts';
import type { PermitDecision } from '../decide/input.ts';
import { fleetChecks } from './checks.ts';
import type { Lease } from './rows.ts';
import type { FleetSettings } from './settings.ts';
import type { FleetState } from './state.ts';

const permitUsableMs = 10_000;

/** The decisive instant. Asking again for a permit that is still unused gives the same permit again. */
export function answerRequest(
  state: FleetState,
  request: PermitRequest,
  now: number,
  settings: FleetSettings,
): { readonly state: FleetState; readonly decision: PermitDecision } {
  const known = state.leases.first('attempt', request.attempt)?.row;
  if (known !== undefined && !known.used && sameTargets(known, request)) {
    return { state, decision: granted(known) };
  }
  for (const check of fleetChecks) {
    const hold = check(state, request, now, settings);
    if (hold !== null) return { state, decision: { type: 'held', hold } };
  }
  const number = state.fenceNumber + 1;
  const lease: Lease = {
    attempt: request.attempt,
    resource: request.resource,
    effect: request.effect,
    targets: [...request.targets],
    ...(request.domains === undefined ? {} : { domains: request.domains }),
    permit: `permit-${state.generation}-${number}`,
    fence: { authority: state.authority, generation: state.generation, number },
    grantedAt: now,
    expiresAt: now + permitUsableMs,
    used: false,
  };
  return {
    state: { ...state, fenceNumber: number, leases: state.leases.with(lease) },
    decision: granted(lease),
  };
}

function granted(lease: Lease): PermitDecision {
  return { type: 'granted', permit: lease.permit, fence: lease.fence, expiresAt: lease.expiresAt };
}

function sameTargets(lease: Lease, request: PermitRequest): boolean {
  return (
    lease.targets.length === request.targets.length &&
    lease.targets.every((target) => request.targets.includes(target))
  );
}
