import type { Assessment } from '../decide/evidence.ts';
import type { Hold, ResourceFacts } from '../decide/input.ts';
import type { Attempt, Incident, ResourceState } from '../decide/state.ts';
import type { Playbook, Step } from '../playbook/playbook.ts';

/** All that a guardrail may look at. It asks nobody, and it changes nothing. */
export interface GuardrailFacts {
  readonly now: number;
  readonly state: ResourceState;
  readonly incident: Incident;
  readonly playbook: Playbook;
  readonly resource: ResourceFacts;
  readonly step: Step;
  /** Null before the step is proposed: its targets are not known yet then. */
  readonly attempt: Attempt | null;
  readonly assessment: Assessment;
}

/** Not in this incident. A hold is: not now. */
export interface Refusal {
  readonly refused: true;
  readonly guardrail: string;
  /** A sentence with its numbers. */
  readonly reason: string;
}

export interface Guardrail {
  readonly name: string;
  /** Whether it stands in the way of what only restores, too. */
  readonly over: 'every attempt' | 'all but what restores' | 'what disrupts';
  /** Null where it lets the attempt pass. */
  readonly check: (facts: GuardrailFacts) => Hold | Refusal | null;
}

export function isRefusal(answer: Hold | Refusal): answer is Refusal {
  return 'refused' in answer;
}
