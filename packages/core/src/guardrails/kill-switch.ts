import { pauseText } from '../decide/wording.ts';
import type { Guardrail } from './guardrail.ts';

/** A person stopped everything. */
export const killSwitch: Guardrail = {
  name: 'kill-switch',
  over: 'every attempt',
  check: ({ state }) => {
    const { paused } = state.fleet;
    if (paused === null) return null;
    return {
      guardrail: 'kill-switch',
      reason: pauseText(paused),
      until: null,
      remedy: 'prunella resume',
    };
  },
};
