import type { ResourceEvent, TriggerFate } from '@prunella/core';

/**
 * What became of every trigger: a signal, an operator's command, or an opening from reports. At all times
 * accepted = executed + suppressed + rejected + expired + pending.
 */
export interface Ledger {
  readonly version: 1;
  readonly accepted: number;
  readonly executed: number;
  readonly suppressed: number;
  readonly rejected: number;
  readonly expired: number;
  readonly pending: number;
  /** How many of the pending ones wait at which resource. */
  readonly pendingAt: Readonly<Record<string, number>>;
}

export const emptyLedger: Ledger = {
  version: 1,
  accepted: 0,
  executed: 0,
  suppressed: 0,
  rejected: 0,
  expired: 0,
  pending: 0,
  pendingAt: {},
};

/** One event of a resource entered. The same ledger where the event says nothing of a trigger. */
export function enter(ledger: Ledger, resource: string, event: ResourceEvent): Ledger {
  switch (event.type) {
    case 'signal-received':
    case 'operator-commanded':
      return accept(ledger, resource, event.trigger.fate);
    case 'incident-opened':
    case 'incident-reopened':
      // Where a signal waits here, it is what opened the incident.
      return (ledger.pendingAt[resource] ?? 0) > 0 ? ledger : accept(ledger, resource, 'pending');
    case 'attempt-intended':
      return settle(ledger, resource, 'executed');
    case 'incident-closed':
    case 'suspicion-ended':
      return settle(ledger, resource, 'suppressed');
    case 'incident-exhausted':
      return settle(ledger, resource, 'rejected');
    default:
      return ledger;
  }
}

function accept(ledger: Ledger, resource: string, fate: TriggerFate['fate']): Ledger {
  const counted = { ...ledger, accepted: ledger.accepted + 1, [fate]: ledger[fate] + 1 };
  return fate === 'pending'
    ? { ...counted, pendingAt: { ...ledger.pendingAt, [resource]: (ledger.pendingAt[resource] ?? 0) + 1 } }
    : counted;
}

function settle(ledger: Ledger, resource: string, fate: 'executed' | 'suppressed' | 'rejected'): Ledger {
  // Asked first: to leave one out all others are copied.
  if (!Object.hasOwn(ledger.pendingAt, resource)) {
    return ledger;
  }
  const { [resource]: waiting = 0, ...pendingAt } = ledger.pendingAt;
  return { ...ledger, pending: ledger.pending - waiting, [fate]: ledger[fate] + waiting, pendingAt };
}
