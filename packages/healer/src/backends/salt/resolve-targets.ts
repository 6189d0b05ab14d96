import type { TargetResolution } from '@prunella/core';
import type { TargetRequest } from '../backend.ts';
import type { SaltTarget } from './client.ts';
import type { RollCall } from './roll-call.ts';

/** Whom the request means now, and who of them answers. Whoever is silent is named. Never rejects. */
export async function resolveTargets(rollCall: RollCall, request: TargetRequest): Promise<TargetResolution> {
  const target = targetOf(request);
  if (target === null) return { resolved: true, targets: [] };
  try {
    const { minions, answered } = await rollCall.call(target);
    return resolutionOf(request, new Set([...idsNamed(request), ...minions]), answered);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { resolved: false, targets: [], error: `the targets could not be asked for: ${why}` };
  }
}

export function resolutionOf(
  { declared }: TargetRequest,
  ids: ReadonlySet<string>,
  answered: ReadonlySet<string>,
): TargetResolution {
  const targets = [...ids].sort().map((id) => {
    const node = declared.find(({ target }) => target === id)?.node;
    return { id, responding: answered.has(id), ...(node === undefined ? {} : { node }) };
  });
  return { resolved: true, targets };
}

/** As Salt reads it; null where it means nobody. */
function targetOf(request: TargetRequest): SaltTarget | null {
  if (request.target.select === 'expression') {
    const { expression, matcher } = request.target;
    if (matcher !== 'list') return { expression, matcher };
    const ids = expression.split(',').map((id) => id.trim());
    return { expression: ids.filter((id) => id !== ''), matcher };
  }
  const ids = idsNamed(request);
  return ids.length === 0 ? null : { expression: ids, matcher: 'list' };
}

/** Those that the request itself names: Salt leaves out the ones that it does not know, we do not. */
export function idsNamed(request: TargetRequest): readonly string[] {
  if (request.target.select !== 'failing-nodes') return [];
  return [...new Set(request.failing.map(({ target }) => target))];
}
