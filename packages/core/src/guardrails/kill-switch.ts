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
      reason: `all repairs are paused by ${paused.by}: ${paused.reason}`,
      until: null,
      remedy: 'prunella resume',
    };
  },
};
