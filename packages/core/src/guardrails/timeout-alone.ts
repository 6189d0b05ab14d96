import { probeVerdict } from '../decide/probing.ts';
import type { Guardrail } from './guardrail.ts';

/** Deadlines missed at something that answers the healer are a reason to look, never to restart. */
export const timeoutAlone: Guardrail = {
  name: 'timeout-alone',
  over: 'what disrupts',
  check: ({ state, assessment }) => {
    if (!assessment.timeoutOnly || probeVerdict(state) !== 'passes') return null;
    return {
      guardrail: 'timeout-alone',
      reason: `${assessment.text}: deadlines are missed and nothing else, and the own probe passes`,
      until: null,
      remedy: 'look for slow queries, full pools and load',
    };
  },
};
