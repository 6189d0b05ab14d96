import { checkNumber, checkObject } from '../check.ts';
import { OptionError } from '../fault.ts';
import type { CallContext, CallOptions, Guard } from '../guard.ts';
import { internalsOf } from '../internals.ts';
import { bounded } from '../runtime/bounded.ts';
import { callOf } from '../runtime/call.ts';
import { checkDeadline } from '../runtime/settings.ts';
import { beginTransaction, type Transactional, type TransactionMode } from './transactional.ts';

export interface TransactionOptions extends CallOptions, TransactionMode {
  /**
   * At least this long COMMIT and ROLLBACK are waited for, however much of the deadline is left, in ms: 1 to
   * 3,600,000. Default: the guard's `deadlineMs`.
   */
  readonly endDeadlineMs?: number;
}

const isolations: readonly unknown[] = ['read committed', 'repeatable read', 'serializable', undefined];

/**
 * One guarded call in one transaction: BEGIN, `work`, COMMIT; ROLLBACK where `work` throws or the deadline is
 * missed. Nothing of it is tried again. `deadlineMs` is for the way to COMMIT, which then always gets its time.
 * Rejects as `run` does: `outcomeUnknown` is true only where COMMIT was sent and its answer is lost.
 */
export function transaction<Client, Result>(
  guard: Guard<Transactional<Client>>,
  work: (client: Client, context: CallContext) => PromiseLike<Result> | Result,
  options: TransactionOptions = {},
): Promise<Result> {
  const { core } = internalsOf(guard);
  checkObject('transaction', options, ['isolation', 'readOnly', 'endDeadlineMs', 'deadlineMs', 'within']);
  const { isolation, readOnly, endDeadlineMs, ...call } = options;
  const endMs = checkNumber('endDeadlineMs', endDeadlineMs ?? core.settings.deadlineMs, 1, 3_600_000);
  if (call.deadlineMs !== undefined) checkDeadline(call.deadlineMs);
  if (!isolations.includes(isolation)) {
    throw new OptionError('isolation', isolation, 'read committed, repeatable read or serializable');
  }
  if (readOnly !== undefined && typeof readOnly !== 'boolean') {
    throw new OptionError('readOnly', readOnly, 'true or false');
  }
  const mode: TransactionMode = {
    ...(isolation !== undefined && { isolation }),
    ...(readOnly !== undefined && { readOnly }),
  };

  return guard.run(async (handle, context) => {
    if (typeof Object(handle)[beginTransaction] !== 'function') {
      throw new TypeError(`the adapter ${core.adapter.driver} has no transactions`);
    }
    const open = await handle[beginTransaction](mode);
    const guarded = callOf(context);
    let result: Result;
    try {
      result = await work(open.client, context);
    } catch (error) {
      guarded.pause();
      await bounded(core.clock, core.deadlines, endMs, () => open.rollback()).catch(() => open.evict());
      throw error;
    }
    guarded.allow(Math.max(guarded.remainingMs(), endMs));
    await open.commit();
    return result;
  }, call);
}
