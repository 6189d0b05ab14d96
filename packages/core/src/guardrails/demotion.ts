import { timeText } from '../decide/wording.ts';
import type { Guardrail } from './guardrail.ts';

/** A step that did harm asks, until a person says that it may act alone again. */
export const demotion: Guardrail = {
  name: 'demotion',
  over: 'all but what restores',
  check: ({ state, step }) => {
    const demoted = state.records?.find((record) => record.step === step.id)?.demoted ?? null;
    if (demoted === null) return null;
    return {
      guardrail: 'demotion',
      asks: true,
      reason: `attempt ${demoted.attempt} did harm at ${timeText(demoted.at)} (${demoted.reason}); it asks until a person lifts that`,
    };
  },
};
