import type { Guardrail } from './guardrail.ts';

/** Many incidents at once have one cause, which no repair of a single resource mends. */
export const storm: Guardrail = {
  name: 'storm',
  over: 'all but what restores',
  check: ({ state }) => {
    const present = state.fleet.storm ?? null;
    if (present === null) return null;
    return {
      guardrail: 'storm',
      reason: present.reason,
      until: present.until,
      remedy: 'look for the common cause and mend it by hand; the rest goes on by itself when fewer are open',
    };
  },
};
