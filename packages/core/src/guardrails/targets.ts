import { duration } from '../decide/wording.ts';
import type { Guardrail } from './guardrail.ts';

const lookAgainMs = 30_000;

/** An empty set of targets means nothing, never everything. */
export const targets: Guardrail = {
  name: 'targets',
  over: 'every attempt',
  check: ({ attempt, step, now, resource }) => {
    if (attempt === null || attempt.targets === null) return null;
    const { ids, silent } = attempt.targets;
    if (ids.length > 0 || silent.length > 0) return null;
    const isFailing = step.target.select === 'failing-nodes';
    const meaning = isFailing
      ? 'no failing node has a target'
      : `${JSON.stringify(step.target)} means nobody`;
    return {
      guardrail: 'targets',
      reason: `${meaning}; nothing is sent`,
      until: now + lookAgainMs,
      remedy: isFailing
        ? `declare nodes of ${resource.resource} with a target and a probe each`
        : `correct the target of step ${step.id}; it is resolved again in ${duration(lookAgainMs)}`,
    };
  },
};
