import { duration, plural } from '../decide/wording.ts';
import type { Guardrail } from './guardrail.ts';

/** What is well and sick again and again is not mended by repairs: a person looks at each for a while. */
export const flapping: Guardrail = {
  name: 'flapping',
  over: 'all but what restores',
  check: ({ now, state }) => {
    if (state.askUntil === null || now >= state.askUntil) return null;
    return {
      guardrail: 'flapping',
      asks: true,
      reason: `it flaps: ${plural(state.openings.length, 'opening')} lately, so every step asks for another ${duration(state.askUntil - now)}`,
    };
  },
};
