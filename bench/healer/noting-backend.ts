import type { TargetResolution } from '@prunella/core';
import type { Backend, TargetRequest } from 'prunella';

const action = 'bench.repair';

/** A backend `bench` whose only action repairs nothing and always succeeds: the bench is told of each call. */
export function notingBackend(onCall: (resource: string) => void | Promise<void>): Backend {
  return {
    name: 'bench',
    promises: { finds: false, fences: false, cancels: false, dryRuns: false },
    actions: new Map([[action, { action, effect: 'repairs', highestAutonomy: 'auto' }]]),
    resolve: async (request) => named(request),
    resolveAtOnce: named,
    dispatch: async ({ resource, targets }) => {
      await onCall(resource);
      return {
        outcome: 'succeeded',
        summary: 'noted',
        targets: targets.map((id) => ({ id, outcome: 'succeeded', detail: '', fenced: false })),
      };
    },
    find: async () => ({ found: 'not-found', why: 'nothing is kept' }),
    check: async () => ({ ok: true, detail: 'there' }),
    close: async () => {},
  };
}

/** Nobody has to be asked, as with orders over HTTP. */
function named({ failing }: TargetRequest): TargetResolution {
  return {
    resolved: true,
    targets: failing.map(({ node, target }) => ({ id: target, node, responding: true })),
  };
}
