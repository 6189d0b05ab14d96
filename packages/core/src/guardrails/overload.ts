import type { Guardrail } from './guardrail.ts';

/** What is overloaded serves still less after a restart. */
export const overload: Guardrail = {
  name: 'overload',
  over: 'what disrupts',
  check: ({ state, assessment }) => {
    const overloaded = state.summary?.sickByKind.overloaded ?? 0;
    if (overloaded === 0 || overloaded * 2 < assessment.sick) return null;
    return {
      guardrail: 'overload',
      reason: `${overloaded} of ${assessment.sick} sick instances are told that it is overloaded`,
      until: null,
      remedy: 'take load away, or add capacity',
    };
  },
};
