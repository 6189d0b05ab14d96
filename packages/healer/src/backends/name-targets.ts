import type { TargetResolution } from '@prunella/core';
import type { TargetRequest } from './backend.ts';

/** The names of a `list`, which commas separate. */
export function listedNames(expression: string): readonly string[] {
  return expression
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/**
 * Targets by name: those of the failing nodes, or a list; for backends that cannot ask who else could be meant.
 * Nothing named means nothing. Whether a target answers is unknown.
 */
export function nameTargets(request: TargetRequest, backend: string, why: string): TargetResolution {
  const { target } = request;
  if (target.select === 'expression' && target.matcher !== 'list') {
    const error = `the ${backend} backend knows the matcher list, not ${target.matcher}: ${why}`;
    return { resolved: true, targets: [], error };
  }
  const meant =
    target.select === 'failing-nodes'
      ? request.failing.map((failing) => failing.target)
      : listedNames(target.expression);
  const nodes = new Map(request.declared.map(({ node, target: id }) => [id, node]));
  return {
    resolved: true,
    targets: [...new Set(meant)].map((id) => {
      const node = nodes.get(id);
      return { id, responding: null, ...(node === undefined ? {} : { node }) };
    }),
  };
}
