import { plural } from '../decide/wording.ts';
import type { Guardrail } from './guardrail.ts';

const dayMs = 86_400_000;

/** Attempts for this resource in a rolling day. The fleet counts too, and is the one that grants. */
export const budget: Guardrail = {
  name: 'budget',
  over: 'all but what restores',
  check: ({ now, state, playbook }) => {
    const limit = playbook.limits.attemptsPerDay;
    const starts = state.starts.filter((at) => at > now - dayMs);
    if (starts.length < limit) return null;
    const oldest = starts[Math.max(0, starts.length - limit)];
    return {
      guardrail: 'budget',
      reason: `${plural(starts.length, 'attempt')} in a day; the limit is ${limit}`,
      until: (oldest ?? now) + dayMs,
      remedy: 'repair by hand, or raise limits.attemptsPerDay in the playbook',
    };
  },
};
