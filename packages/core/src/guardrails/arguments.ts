import { argumentsOf } from '../parameters/arguments-of.ts';
import type { Guardrail } from './guardrail.ts';

/** An order whose arguments cannot be filled in means something that nobody wrote. */
export const argumentsKnown: Guardrail = {
  name: 'arguments',
  over: 'every attempt',
  check: ({ attempt, step, incident, resource }) => {
    if (attempt === null || attempt.targets === null || attempt.targets.ids.length === 0) return null;
    const { problem } = argumentsOf(step, incident, attempt, resource);
    return problem === null
      ? null
      : { refused: true, guardrail: 'arguments', reason: `step ${step.id}: ${problem}` };
  },
};
