import type { ResourceEvent, TriggerFate } from '@prunella/core';

/**
 * What became of every trigger: a signal, an operator's command, or an opening from reports. At all times
 * accepted = executed + suppressed + rejected + expired + pending.
 */
export interface LedgerCounts {
  readonly version: 1;
  readonly accepted: number;
  readonly executed: number;
  readonly suppressed: number;
  readonly rejected: number;
  readonly expired: number;
  readonly pending: number;
}

export interface Ledger extends LedgerCounts {
  /** How many of the pending ones wait at which resource. */
  readonly pendingAt: Readonly<Record<string, number>>;
}

/** The counts, and how many of the pending ones wait at one resource: with that it is kept, not with the counts. */
export interface Account {
  readonly counts: LedgerCounts;
  readonly pendingHere: number;
}

export const emptyCounts: LedgerCounts = {
  version: 1,
  accepted: 0,
  executed: 0,
  suppressed: 0,
  rejected: 0,
  expired: 0,
  pending: 0,
};

export const emptyLedger: Ledger = { ...emptyCounts, pendingAt: {} };

/** One event of the resource entered. The same account where the event says nothing of a trigger. */
export function enter(account: Account, event: ResourceEvent): Account {
  switch (event.type) {
    case 'signal-received':
    case 'operator-commanded':
      return accept(account, event.trigger.fate);
    case 'incident-opened':
    case 'incident-reopened':
      // Where a signal waits here, it is what opened the incident.
      return account.pendingHere > 0 ? account : accept(account, 'pending');
    case 'attempt-intended':
      return settle(account, 'executed');
    case 'incident-closed':
    case 'suspicion-ended':
      return settle(account, 'suppressed');
    case 'incident-exhausted':
      return settle(account, 'rejected');
    default:
      return account;
  }
}

function accept({ counts, pendingHere }: Account, fate: TriggerFate['fate']): Account {
  return {
    counts: { ...counts, accepted: counts.accepted + 1, [fate]: counts[fate] + 1 },
    pendingHere: fate === 'pending' ? pendingHere + 1 : pendingHere,
  };
}

function settle(account: Account, fate: 'executed' | 'suppressed' | 'rejected'): Account {
  const { counts, pendingHere } = account;
  if (pendingHere === 0) return account;
  return {
    counts: { ...counts, pending: counts.pending - pendingHere, [fate]: counts[fate] + pendingHere },
    pendingHere: 0,
  };
}
