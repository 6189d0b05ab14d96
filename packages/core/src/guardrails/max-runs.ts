import { progressOf } from '../decide/turn.ts';
import type { Guardrail } from './guardrail.ts';

/** Runs of one step in one incident. */
export const maxRuns: Guardrail = {
  name: 'max-runs',
  over: 'all but what restores',
  check: ({ incident, step }) => {
    const { runs } = progressOf(incident, step.id);
    if (runs < step.max) return null;
    return {
      guardrail: 'max-runs',
      refused: true,
      reason: `step ${step.id} ran ${runs} of at most ${step.max} times in this incident`,
    };
  },
};
