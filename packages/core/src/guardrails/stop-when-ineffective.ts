import type { Guardrail } from './guardrail.ts';

/** What has not helped several times in a row, over incidents, will hardly help the next time. */
export const stopWhenIneffective: Guardrail = {
  name: 'stop-when-ineffective',
  over: 'all but what restores',
  check: ({ state, step, playbook }) => {
    const limit = playbook.limits.ineffectiveInARow;
    const recent = state.records?.find((record) => record.step === step.id)?.recent ?? [];
    const others = recent.findLastIndex(({ verdict }) => verdict !== 'ineffective');
    const inARow = recent.length - 1 - others;
    if (inARow < limit) return null;
    return {
      guardrail: 'stop-when-ineffective',
      asks: true,
      reason: `its last ${inARow} runs at this resource did not help; from ${limit} in a row on it asks`,
    };
  },
};
