import type { AttemptOrder } from '@prunella/core';
import type { Backend } from '../../src/backends/backend.ts';

/**
 * A stand-in for a backend: it records what it was given, and its one action is what the test says. It finds
 * nothing again and checks no fences.
 */
export function recordingBackend(repair: (order: AttemptOrder) => Promise<void>) {
  const orders: AttemptOrder[] = [];
  const action = 'recording.repair';
  const backend: Backend = {
    name: 'recording',
    promises: { finds: false, fences: false, cancels: false, dryRuns: false },
    actions: new Map([[action, { action, effect: 'disrupts', highestAutonomy: 'auto' }]]),
    resolve: async ({ failing }) => ({
      resolved: true,
      targets: failing.map(({ node, target }) => ({ id: target, node, responding: true })),
    }),
    dispatch: async (order, { onReference }) => {
      orders.push(order);
      onReference(order.attempt);
      await repair(order);
      return {
        outcome: 'succeeded',
        summary: 'recorded',
        targets: order.targets.map((id) => ({ id, outcome: 'succeeded', detail: '', fenced: false })),
      };
    },
    find: async () => ({ found: 'not-found', why: 'this backend keeps nothing' }),
    check: async () => ({ ok: true, detail: 'records' }),
    close: async () => {},
  };
  return { backend, orders };
}
