import type { TargetExpression } from '@prunella/core';
import type { TargetRequest } from '../backend.ts';
import { listedNames } from '../name-targets.ts';

export type NamedTargets =
  | { readonly targets: readonly { readonly id: string; readonly node?: string }[] }
  | { readonly error: string };

/** Which declared services an expression means. Nothing matched means nothing, never everything. */
export function nameTargets(request: TargetRequest, services: ReadonlySet<string>): NamedTargets {
  const nodes = new Map(request.declared.map(({ node, target }) => [target, node]));
  const meant = meantIds(request, services);
  if (typeof meant === 'string') return { error: meant };
  const unknown = meant.filter((id) => !services.has(id));
  if (unknown.length > 0) {
    const known = [...services].join(', ') || 'none';
    return {
      error:
        `${request.resource} is repaired through ${unknown.join(', ')}, which is no service of the process ` +
        `backend (declared: ${known}); declare it, or correct the node's target`,
    };
  }
  const targets = [...new Set(meant)].map((id) => {
    const node = nodes.get(id);
    return node === undefined ? { id } : { id, node };
  });
  return { targets };
}

function meantIds(request: TargetRequest, services: ReadonlySet<string>): readonly string[] | string {
  const { target } = request;
  if (target.select === 'failing-nodes') return request.failing.map((failing) => failing.target);
  return matchServices(target, services);
}

function matchServices(
  target: Extract<TargetExpression, { select: 'expression' }>,
  services: ReadonlySet<string>,
): readonly string[] | string {
  switch (target.matcher) {
    case 'list':
      return listedNames(target.expression);
    case 'glob': {
      const pattern = globPattern(target.expression);
      return [...services].filter((name) => pattern.test(name));
    }
    default:
      return `the process backend knows the matchers glob and list, not ${target.matcher}`;
  }
}

function globPattern(glob: string): RegExp {
  const escaped = glob.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`);
}
