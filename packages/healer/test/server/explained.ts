import type { Explanation } from '@prunella/core';

/** An explanation of which only the resource and its state matter. */
export function explained(resource: string, state: Explanation['state']): Explanation {
  return {
    resource,
    state,
    since: null,
    firstFaultAt: null,
    incident: null,
    reason: 'told by nobody',
    lastFault: null,
    impact: 'none',
    next: { what: 'nothing', at: null },
    remedies: [],
  };
}
