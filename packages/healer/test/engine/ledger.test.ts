import type { ResourceEvent, Signal, TriggerFate } from '@prunella/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Account, emptyCounts, enter } from '../../src/engine/ledger.ts';

const signal: Signal = {
  id: '1',
  source: 'alerts',
  type: 'alert',
  resource: 'postgres/main',
  status: 'firing',
  summary: 'down',
};

const received = (trigger: TriggerFate): ResourceEvent => ({ type: 'signal-received', signal, trigger });

const opened: ResourceEvent = { type: 'incident-opened', reason: 'quorum', firstFaultAt: 1, playbook: 'p' };
const closed: ResourceEvent = { type: 'incident-closed', reason: 'verified', credit: { to: 'itself' } };
const exhausted: ResourceEvent = { type: 'incident-exhausted', reason: 'all used' };
const intended: ResourceEvent = {
  type: 'attempt-intended',
  attempt: 'a1',
  step: 'restart',
  run: 1,
  permit: 'p1',
  targets: ['db1'],
  resolved: true,
};

const entered = (events: readonly ResourceEvent[]) =>
  events.reduce<Account>(enter, { counts: emptyCounts, pendingHere: 0 }).counts;

describe('the ledger', () => {
  it('an opening from reports is a trigger, executed with the first attempt', () => {
    expect(entered([opened])).toMatchObject({ accepted: 1, pending: 1 });
    expect(entered([opened, intended, closed])).toMatchObject({ accepted: 1, executed: 1, pending: 0 });
  });

  it('an opening by a signal that waited is that signal, not a second trigger', () => {
    expect(entered([received({ fate: 'pending' }), opened, intended])).toMatchObject({
      accepted: 1,
      executed: 1,
    });
  });

  it('what recovered by itself is suppressed, what found no step is rejected', () => {
    expect(entered([opened, closed])).toMatchObject({ accepted: 1, suppressed: 1, pending: 0 });
    expect(entered([opened, exhausted])).toMatchObject({ accepted: 1, rejected: 1, pending: 0 });
  });

  it('adds up at all times: accepted = executed + suppressed + rejected + expired + pending', () => {
    const anyEvent = fc.constantFrom<ResourceEvent>(
      opened,
      closed,
      exhausted,
      intended,
      received({ fate: 'pending' }),
      received({ fate: 'executed' }),
      received({ fate: 'suppressed', why: 'joined' }),
      received({ fate: 'rejected', why: 'no' }),
      received({ fate: 'expired' }),
    );
    const anyEntry = fc.tuple(fc.constantFrom('a/1', 'b/2', 'c/3'), anyEvent);
    fc.assert(
      fc.property(fc.array(anyEntry, { maxLength: 60 }), (entries) => {
        let counts = emptyCounts;
        const pendingAt = new Map<string, number>();
        for (const [resource, event] of entries) {
          const account = enter({ counts, pendingHere: pendingAt.get(resource) ?? 0 }, event);
          counts = account.counts;
          pendingAt.set(resource, account.pendingHere);
          const { accepted, executed, suppressed, rejected, expired, pending } = counts;
          expect(executed + suppressed + rejected + expired + pending).toBe(accepted);
          expect([...pendingAt.values()].reduce((sum, count) => sum + count, 0)).toBe(pending);
        }
      }),
    );
  });
});
