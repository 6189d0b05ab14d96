import { kindsShown } from '../decide/evidence.ts';
import type { Guardrail } from './guardrail.ts';

/** What is recovering or loading is waited for; a restart would only begin it again. */
export const starting: Guardrail = {
  name: 'starting',
  over: 'all but what restores',
  check: ({ state }) => {
    if (!kindsShown(state).includes('starting')) return null;
    return {
      guardrail: 'starting',
      reason: 'it is starting, recovering or loading; that is waited for',
      until: null,
      remedy: 'see its own log for how far it is',
    };
  },
};
