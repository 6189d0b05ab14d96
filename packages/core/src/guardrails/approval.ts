import { predictedText } from '../decide/dry-run.ts';
import { duration } from '../decide/wording.ts';
import { orderText } from '../parameters/order-text.ts';
import type { Guardrail } from './guardrail.ts';

/** `ask`: a person says yes to exactly these targets. */
export const approval: Guardrail = {
  name: 'approval',
  over: 'every attempt',
  check: (facts) => {
    const { attempt, now, autonomy, lowered } = facts;
    if (attempt === null || attempt.targets === null) return null;
    if (autonomy !== 'ask' || isGiven(attempt.approval)) return null;
    const { limits } = facts.playbook;
    const until = attempt.approval?.expiresAt ?? now + limits.approvalMs;
    const why = lowered === null ? '' : ` (${lowered})`;
    const predicted = predictedText(attempt.targets);
    const would = predicted === null ? '' : `; it would change ${predicted}`;
    return {
      guardrail: 'approval',
      reason: `${orderText(facts.step, facts.incident, attempt, facts.resource)} on ${attempt.targets.ids.join(', ')} waits for a person${why}; in ${duration(until - now)} the answer is no${would}`,
      until,
      remedy: `prunella approve ${attempt.id}`,
    };
  },
};

function isGiven(given: { readonly by: string | null } | null): boolean {
  return given !== null && given.by !== null;
}
