import { list } from '../decide/wording.ts';
import type { Guardrail } from './guardrail.ts';

/** A node without a target cannot be told from the ones that an order means. */
export const unmappedNode: Guardrail = {
  name: 'unmapped-node',
  over: 'all but what restores',
  check: ({ resource }) => {
    const unmapped = resource.nodes.filter((node) => node.target === undefined).map((node) => node.name);
    if (unmapped.length === 0) return null;
    return {
      guardrail: 'unmapped-node',
      asks: true,
      reason: `no target is declared for ${list(unmapped)}`,
    };
  },
};
