import type { ResourceState } from './state.ts';

/** More than one incident can have made in the time that was lost, by the bounds of steps and of their runs. */
const attemptsLostAtMost = 1_000_000;

/**
 * A machine of a store that was put back from a backup. What its incident did after the backup is lost here and known
 * to the targets, so its next attempts get names that none of those can have had.
 */
export function restoredResourceState(state: ResourceState): ResourceState {
  const { incident } = state;
  if (incident === null) return state;
  return { ...state, incident: { ...incident, attemptCount: incident.attemptCount + attemptsLostAtMost } };
}
