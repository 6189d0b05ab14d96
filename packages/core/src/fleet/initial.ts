import type { FleetState } from './state.ts';
import { leasesOf, startsOf } from './tables.ts';

/** Authority and generation are the first two parts of every fence that this fleet gives out. */
export function initialFleetState(authority: string, generation: number): FleetState {
  const [leases, starts] = [leasesOf(), startsOf()];
  return { version: 1, authority, generation, fenceNumber: 0, paused: null, leases, starts };
}
