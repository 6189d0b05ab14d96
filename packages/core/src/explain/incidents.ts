import type { Credit, Verdict } from '../decide/event.ts';
import type { ActionResult } from '../decide/input.ts';
import type { ResourceState } from '../decide/state.ts';

/** An incident for people; a projection of a resource's state. Times in ms since the Unix epoch. */
export interface IncidentStory {
  readonly incident: string;
  readonly resource: string;
  readonly playbook: string;
  readonly state: 'open' | 'closed';
  readonly openedAt: number;
  readonly firstFaultAt: number;
  readonly closedAt: number | null;
  readonly credit: Credit | null;
  /** One line: what happened and what became of it. */
  readonly story: string;
  readonly attempts: readonly AttemptStory[];
}

export interface AttemptStory {
  readonly attempt: string;
  readonly step: string;
  readonly action: string;
  readonly run: number;
  readonly phase:
    | 'proposed'
    | 'awaiting-approval'
    | 'held'
    | 'dispatched'
    | 'verifying'
    | 'ended'
    | 'withdrawn'
    | 'shadowed';
  readonly startedAt: number | null;
  readonly targets: readonly string[];
  readonly targetsResolved: boolean;
  readonly fenced: boolean;
  readonly outcome: ActionResult['outcome'] | null;
  readonly verdict: Verdict | null;
}

/** The present incident and the newest closed ones of a resource, newest first; at most 21. */
export function viewIncidents(_state: ResourceState): readonly IncidentStory[] {
  return [];
}
