import type { FleetState } from './state.ts';

/**
 * The fleet of a store that was put back from a backup. Every fence that it gives out from now on is newer than all of
 * the time that was lost, and nothing is granted before a person says so: a pause of that time is not known any more.
 */
export function restoredFleetState(
  state: FleetState,
  restored: {
    readonly generation: number;
    readonly by: string;
    readonly reason: string;
    readonly at: number;
  },
): FleetState {
  const { generation, by, reason, at } = restored;
  return { ...state, generation, paused: { by, reason, at } };
}
