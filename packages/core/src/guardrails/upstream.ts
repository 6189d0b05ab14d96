import { duration, list } from '../decide/wording.ts';
import type { Guardrail } from './guardrail.ts';

/** What is sick because another is sick is not repaired: it is well again when that one is. */
export const upstream: Guardrail = {
  name: 'upstream',
  over: 'all but what restores',
  check: ({ state, now }) => {
    const sick = state.around?.upstream ?? [];
    if (sick.length === 0) return null;
    const named = sick.map(({ resource, since }) => `${resource} (for ${duration(now - since)})`);
    return {
      guardrail: 'upstream',
      reason: `it depends on ${list(named, 3)}, which ${sick.length === 1 ? 'is' : 'are'} sick`,
      until: null,
      remedy: `see prunella explain ${sick[0]?.resource}`,
    };
  },
};
