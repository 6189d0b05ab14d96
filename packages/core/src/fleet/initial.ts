import type { FleetState } from './state.ts';

/** Authority and generation are the first two parts of every fence that this fleet gives out. */
export function initialFleetState(_authority: string, _generation: number): FleetState {
  return { version: 1 };
}
