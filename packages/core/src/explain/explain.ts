import type { FleetFacts, ResourceFacts } from '../decide/input.ts';
import type { ResourceState } from '../decide/state.ts';
import type { Playbook } from '../playbook/playbook.ts';
import type { Explanation } from './explanation.ts';

/** One answer for a resource. `playbook` is null where none matches it: then it is only shown. */
export function explain(
  state: ResourceState,
  _playbook: Playbook | null,
  _facts: ResourceFacts,
  _fleet: FleetFacts,
  _now: number,
): Explanation {
  return {
    resource: state.resource,
    state: 'ok',
    since: null,
    incident: null,
    reason: 'nothing was heard yet',
    lastFault: null,
    impact: 'none',
    next: { what: 'wait for reports', at: null },
    remedies: [],
  };
}
