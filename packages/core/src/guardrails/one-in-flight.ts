import type { Guardrail } from './guardrail.ts';

/** One attempt for a resource, from intent to verdict. The fleet holds the same for each target. */
export const oneInFlight: Guardrail = {
  name: 'one-in-flight',
  over: 'every attempt',
  check: ({ incident, attempt }) => {
    const present = incident.attempt;
    if (present === null || present.id === attempt?.id) return null;
    return {
      guardrail: 'one-in-flight',
      reason: `attempt ${present.id} (${present.step}) is not over`,
      until: null,
      remedy: `wait for the verdict of ${present.id}`,
    };
  },
};
