import type { Guardrail } from './guardrail.ts';

/**
 * The nodes that one attempt may touch. `failing-nodes` is cut to it when it is resolved; an expression that
 * means more asks a person, who then says yes to that very list.
 */
export const blastRadius: Guardrail = {
  name: 'blast-radius',
  over: 'all but what restores',
  check: ({ attempt, playbook, step }) => {
    const count = attempt?.targets?.ids.length ?? 0;
    const limit = playbook.limits.blastRadiusNodes;
    if (count <= limit || step.target.select === 'expression') return null;
    return {
      guardrail: 'blast-radius',
      reason: `${count} nodes; an attempt may touch ${limit}`,
      until: null,
      remedy: 'raise limits.blastRadiusNodes in the playbook',
    };
  },
};
