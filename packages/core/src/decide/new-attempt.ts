import type { Step } from '../playbook/playbook.ts';
import type { Attempt } from './state.ts';

/** One run of a step at its proposal: nothing is known of it yet. */
export function newAttempt(
  id: string,
  step: Pick<Step, 'id' | 'action' | 'effect'>,
  run: number,
  now: number,
): Attempt {
  return {
    id,
    step: step.id,
    action: step.action,
    effect: step.effect,
    run,
    phase: 'resolving',
    proposedAt: now,
    resolveAskedAt: null,
    targets: null,
    autonomy: null,
    approval: null,
    recheckSince: null,
    heldUntil: null,
    permitAskedAt: null,
    permit: null,
    startBefore: null,
    startedAt: null,
    deadlineAt: null,
    reference: null,
    cancelled: false,
    result: null,
    endedAt: null,
    windowEndsAt: null,
    goodSince: null,
    verdict: null,
    verdictAt: null,
    reason: null,
  };
}
