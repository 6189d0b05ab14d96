import type { Guardrail } from './guardrail.ts';

const lookAgainMs = 30_000;

/** A failing node whose own minion does not answer cannot be disrupted knowingly; and nobody is left to ask. */
export const targetSilent: Guardrail = {
  name: 'target-silent',
  over: 'every attempt',
  check: ({ attempt, step, now }) => {
    if (attempt === null || attempt.targets === null || attempt.targets.silent.length === 0) return null;
    const { silent, failing, ids } = attempt.targets;
    const isFailingOne = silent.some((id) => failing.includes(id));
    if (ids.length > 0 && !(step.effect === 'disrupts' && isFailingOne)) return null;
    return {
      guardrail: 'target-silent',
      reason: `target silent: ${silent.length} of ${silent.length + ids.length} did not answer a ping (${silent.join(', ')})`,
      until: now + lookAgainMs,
      remedy: `bring the minion of ${silent.join(', ')} back, or repair the node by hand`,
    };
  },
};
