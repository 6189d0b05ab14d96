import { list } from '../decide/wording.ts';
import type { Guardrail } from './guardrail.ts';

const rounding = 1e-9;

/**
 * Enough of the nodes that serve are left alone. Only nodes whose own probe passes count, so that a single dead
 * node may be repaired.
 */
export const healthyShare: Guardrail = {
  name: 'healthy-share',
  over: 'what disrupts',
  check: ({ attempt, state, resource, playbook }) => {
    const ids = attempt?.targets?.ids ?? [];
    const passing = resource.nodes.filter((node) =>
      state.probes.some((probe) => probe.node === node.name && probe.passed),
    );
    const touched = passing.filter((node) => node.target !== undefined && ids.includes(node.target));
    const left = passing.length - touched.length;
    const share = playbook.limits.healthyShare;
    if (touched.length === 0 || (left > 0 && left >= share * passing.length - rounding)) return null;
    return {
      guardrail: 'healthy-share',
      reason: `it would disrupt ${list(touched.map((node) => node.name))} and leave ${left} of ${passing.length} that still serve; ${Math.round(share * 100)} % must be left`,
      until: null,
      remedy: 'write target: failing-nodes, or do it by hand',
    };
  },
};
