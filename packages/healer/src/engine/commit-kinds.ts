import type { ResourceEvent } from '@prunella/core';
import type { Changes } from './changes.ts';
import type { CommitKind } from './crash-point.ts';

/** What a batch brings to disk, as far as crash points are named after it. */
export function commitKindsOf(batch: Changes): readonly CommitKind[] {
  const kinds = new Set<CommitKind>(batch.signals.length > 0 ? ['signal'] : []);
  for (const { event } of batch.events) {
    const kind = kindByEvent[event.type];
    if (kind !== undefined) {
      kinds.add(kind);
    }
  }
  const intended = new Set<string>();
  for (const { command } of batch.outgoing) {
    if (command.type === 'dispatch') {
      intended.add(command.order.attempt);
      kinds.add('intent');
    }
  }
  for (const { order, ended } of batch.attempts.values()) {
    if (!intended.has(order.attempt)) {
      kinds.add(ended ? 'result' : 'reference');
    }
  }
  return [...kinds];
}

const kindByEvent: Readonly<Partial<Record<ResourceEvent['type'], CommitKind>>> = {
  'healer-started': 'start',
  'operator-commanded': 'command',
  'incident-opened': 'opening',
  'incident-reopened': 'opening',
  'verdict-given': 'verdict',
  'incident-closed': 'closing',
};
