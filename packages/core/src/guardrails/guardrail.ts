import type { Assessment } from '../decide/evidence.ts';
import type { Hold, ResourceFacts } from '../decide/input.ts';
import type { Attempt, Incident, ResourceState } from '../decide/state.ts';
import type { Autonomy, Playbook, Step } from '../playbook/playbook.ts';

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
  /** The autonomy in force, and why it is lower than the step wrote; null where it is not. */
  readonly autonomy: Autonomy;
  readonly lowered: string | null;
}

/** Not in this incident. A hold is: not now. */
export interface Refusal {
  readonly refused: true;
  readonly guardrail: string;
  /** A sentence with its numbers. */
  readonly reason: string;
}

/** The step asks a person, although it may say `auto`. */
export interface Lowering {
  readonly asks: true;
  readonly guardrail: string;
  /** Why, with its numbers. */
  readonly reason: string;
}

export type GuardrailAnswer = Hold | Refusal | Lowering;

export interface Guardrail {
  readonly name: string;
  /** Whether it stands in the way of what only restores, too. */
  readonly over: 'every attempt' | 'all but what restores' | 'what disrupts';
  /** Null where it lets the attempt pass. */
  readonly check: (facts: GuardrailFacts) => GuardrailAnswer | null;
}

export function isRefusal(answer: GuardrailAnswer): answer is Refusal {
  return 'refused' in answer;
}

export function isLowering(answer: GuardrailAnswer): answer is Lowering {
  return 'asks' in answer;
}
