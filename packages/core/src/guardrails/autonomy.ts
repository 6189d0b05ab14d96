import type { Guardrail } from './guardrail.ts';

/** The last defence: what is in `shadow` is never carried out. */
export const autonomy: Guardrail = {
  name: 'autonomy',
  over: 'every attempt',
  check: ({ attempt, autonomy: inForce, step, playbook }) => {
    if (attempt === null || inForce !== 'shadow') return null;
    return {
      guardrail: 'autonomy',
      reason: `step ${step.id} is in shadow: it only says what it would do`,
      until: null,
      remedy: `write autonomy: ask at step ${step.id} of playbook ${playbook.name}`,
    };
  },
};
