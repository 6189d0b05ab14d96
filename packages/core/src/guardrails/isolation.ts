import type { Guardrail } from './guardrail.ts';

/** Where everything seems to fail at once, it is more likely the healer's own sight that does. */
export const isolation: Guardrail = {
  name: 'isolation',
  over: 'all but what restores',
  check: ({ state }) => {
    const present = state.fleet.isolation ?? null;
    if (present === null) return null;
    return {
      guardrail: 'isolation',
      reason: present.reason,
      until: present.until,
      remedy: "see whether this host's own network is well; repair by hand what really fails",
    };
  },
};
