import type { ActionResult, AttemptOrder, TargetOutcome } from '@prunella/core';
import type { DispatchContext, FoundAttempt } from '../backend.ts';
import type { OrderedCall } from './actions.ts';
import type { JobState, MinionReturn, SaltClient } from './client.ts';
import { metadataOf } from './fenced-call.ts';
import type { FollowedJob } from './follow-job.ts';
import { type LookedAt, lookAtMinions } from './look.ts';
import type { OrderRunner } from './orders.ts';
import { resultOf } from './result.ts';
import { SaltError } from './salt-error.ts';

/** An order on its way may still be taken this long after its `notAfter`, by clocks that differ. */
const clockMarginMs = 2_000;
const lookAgainMs = 1_000;

/**
 * Looks for an order after a crash: at the master by the job's metadata, then at the minions by their records.
 * Rejects where neither can be asked now, so that the caller asks again.
 */
export async function findOrder(
  client: SaltClient,
  runner: OrderRunner,
  order: AttemptOrder,
  call: OrderedCall,
  reference: string | null,
  fences: boolean,
  context: DispatchContext,
): Promise<FoundAttempt> {
  const jids = new Set(await client.jobsWith(metadataOf(order), context.signal));
  if (reference !== null) jids.add(reference);
  const states: JobState[] = [];
  for (const jid of [...jids].sort()) {
    const state = await client.job(jid, context.signal);
    if (state) states.push(state);
  }
  const newest = states.at(-1);
  if (!newest) {
    if (fences) return findInRecords(client, order, call, context);
    return {
      found: 'not-found',
      why: 'the Salt master has no job of this attempt, and without prunella.apply the minions cannot be asked',
    };
  }
  const { jid } = newest;
  const returns = new Map<string, MinionReturn>(states.flatMap((state) => [...state.returns]));
  if (order.targets.every((target) => returns.has(target))) {
    const followed: FollowedJob = { returns, missing: new Map(), problem: null };
    return { found: 'ended', result: await runner.conclude(order, call, newest.function, followed, context) };
  }
  const follow = async (): Promise<ActionResult> => {
    const minions = newest.minions.length > 0 ? newest.minions : order.targets;
    const followed = await runner.follow(order, { jid, minions }, context);
    const all = new Map([...returns, ...followed.returns]);
    return runner.conclude(order, call, newest.function, { ...followed, returns: all }, context);
  };
  return { found: 'running', reference: jid, result: follow() };
}

/** By the minions' own records alone. Rejects where they cannot be asked, or where its time is not over. */
export async function findInRecords(
  client: SaltClient,
  order: AttemptOrder,
  call: OrderedCall,
  context: DispatchContext,
): Promise<FoundAttempt> {
  const looked = await lookAtMinions(client, order, call, order.targets, context.signal);
  const seen = [...looked.values()];
  if (seen.length > 0 && seen.every(({ state }) => state === 'never-taken')) {
    if (context.now() > order.notAfter + clockMarginMs) return { found: 'never-sent' };
    throw new SaltError('salt-busy', 'no minion has taken the order, but its time is not over yet', false);
  }
  if (seen.some(({ state }) => state === 'running')) {
    return { found: 'running', reference: order.attempt, result: awaitRecords(client, order, call, context) };
  }
  if (seen.some(({ state }) => state === 'ended' || state === 'interrupted')) {
    return { found: 'ended', result: recordedResult(call, looked) };
  }
  const why = [...looked].flatMap(([id, one]) => (one.state === 'untold' ? [`${id}: ${one.detail}`] : []));
  return { found: 'not-found', why: `the Salt master has no job of this attempt; ${why.join('; ')}` };
}

async function awaitRecords(
  client: SaltClient,
  order: AttemptOrder,
  call: OrderedCall,
  context: DispatchContext,
): Promise<ActionResult> {
  for (;;) {
    await new Promise<void>((resolve) => {
      setTimeout(resolve, lookAgainMs).unref();
    });
    try {
      const looked = await lookAtMinions(client, order, call, order.targets, context.signal);
      const over = context.signal.aborted || context.now() >= order.deadlineAt;
      if (over || ![...looked.values()].some(({ state }) => state === 'running')) {
        return recordedResult(call, looked);
      }
    } catch (error) {
      if (context.signal.aborted || context.now() >= order.deadlineAt) {
        const why = error instanceof Error ? error.message : String(error);
        return { outcome: 'unknown', summary: `found running, and then not any more: ${why}`, targets: [] };
      }
    }
  }
}

function recordedResult(call: OrderedCall, looked: ReadonlyMap<string, LookedAt>): ActionResult {
  const outcomes = [...looked].map(([id, one]): TargetOutcome => {
    switch (one.state) {
      case 'ended':
        return { id, outcome: one.judgement.outcome, detail: one.judgement.detail, fenced: true };
      case 'never-taken':
        return { id, outcome: 'failed', detail: 'the minion never took it', fenced: true };
      case 'running':
        return { id, outcome: 'unknown', detail: 'it still runs', fenced: true };
      default:
        return { id, outcome: 'unknown', detail: one.detail, fenced: true };
    }
  });
  return resultOf(call.function, outcomes);
}
