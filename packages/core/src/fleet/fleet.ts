import type { PermitRequest } from '../decide/command.ts';
import type { FleetFacts, PermitDecision } from '../decide/input.ts';
import type { FleetState } from './state.ts';

export type FleetInput =
  | { readonly type: 'request'; readonly request: PermitRequest }
  | { readonly type: 'release'; readonly attempt: string }
  /** The permit was used: from now on it ends by release only, not by its expiry. */
  | { readonly type: 'used'; readonly attempt: string }
  | { readonly type: 'pause'; readonly by: string; readonly reason: string }
  | { readonly type: 'resume'; readonly by: string }
  | { readonly type: 'tick' };

export interface FleetDecision {
  readonly state: FleetState;
  /** The answer to a request, and to earlier ones that this input decided (revoked or now granted). */
  readonly permits: readonly {
    readonly resource: string;
    readonly attempt: string;
    readonly decision: PermitDecision;
  }[];
  /** Set where what every resource's machine must know has changed. */
  readonly facts: FleetFacts | null;
}

/** The frame of the fleet machine: kill switch, budgets, and a lock for each target. */
export type DecideFleet = (state: FleetState, input: FleetInput, now: number) => FleetDecision;

export const decideFleet: DecideFleet = (state) => ({ state, permits: [], facts: null });

/** What every resource's machine must know now, such as after a start. */
export function fleetFacts(_state: FleetState): FleetFacts {
  return { paused: null };
}

/** When the fleet wants its next `tick`, ms since the Unix epoch; null where nothing is waited for. */
export function nextFleetAt(_state: FleetState): number | null {
  return null;
}
