import type { Guardrail } from './guardrail.ts';

/**
 * Nothing disrupts the last nodes that serve. Only nodes whose own probe passes count, so that a single dead
 * node may be repaired.
 */
export const healthyShare: Guardrail = {
  name: 'healthy-share',
  over: 'what disrupts',
  check: ({ attempt, state, resource }) => {
    const ids = attempt?.targets?.ids ?? [];
    const passing = resource.nodes.filter((node) =>
      state.probes.some((probe) => probe.node === node.name && probe.passed),
    );
    const touched = passing.filter((node) => node.target !== undefined && ids.includes(node.target));
    if (touched.length === 0 || touched.length < passing.length) return null;
    return {
      guardrail: 'healthy-share',
      reason: `it would disrupt ${touched.map((node) => node.name).join(', ')}: all ${passing.length} that still serve`,
      until: null,
      remedy: 'write target: failing-nodes, or do it by hand',
    };
  },
};
