import type { ResourceState } from './state.ts';

/** A resource that nothing is known of. */
export function initialResourceState(resource: string): ResourceState {
  return {
    version: 1,
    resource,
    startedAt: null,
    fleet: { paused: null },
    summary: null,
    quorumSince: null,
    probes: [],
    probeAskedAt: null,
    suspicion: null,
    incident: null,
    past: [],
    openings: [],
    starts: [],
    askUntil: null,
    wakeAt: null,
  };
}
