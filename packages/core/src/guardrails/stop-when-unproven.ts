import type { Guardrail } from './guardrail.ts';

/** After a verdict that nobody could give, and after the last step, a person decides. */
export const stopWhenUnproven: Guardrail = {
  name: 'stop-when-unproven',
  over: 'all but what restores',
  check: ({ incident }) => {
    if (incident.ladder.state === 'climbing') return null;
    return {
      guardrail: 'stop-when-unproven',
      reason: `the ladder is ${incident.ladder.state}: ${incident.ladder.reason}`,
      until: null,
      remedy: `prunella resume ${incident.id}, or repair it by hand`,
    };
  },
};
