import type { ActionResult, AttemptOrder, TargetOutcome } from '@prunella/core';
import type { DispatchContext, FoundAttempt } from '../backend.ts';
import type { OrderedCall } from './actions.ts';
import type { JobState, SaltClient } from './client.ts';
import { metadataOf } from './fenced-call.ts';
import type { FollowedJob } from './follow-job.ts';
import { type LookedAt, lookAtMinions } from './look.ts';
import type { OrderRunner } from './orders.ts';
import { pause } from './pause.ts';
import { resultOf } from './result.ts';
import { SaltError } from './salt-error.ts';

/** An order on its way may still be taken this long after its `notAfter`, by clocks that differ. */
const clockMarginMs = 2_000;
/** Each look costs every minion a process. */
const lookAgain = { firstMs: 1_000, longestMs: 15_000 };

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
  if (states.length === 0) {
    if (fences) return findInRecords(client, order, call, context);
    return {
      found: 'not-found',
      why: 'the Salt master has no job of this attempt, and without prunella.apply the minions cannot be asked',
    };
  }
  const shares = sharesOf(order, states);
  const open = shares.filter(isOpen);
  const unsent = order.targets.filter((target) => !shares.some(({ targets }) => targets.includes(target)));
  if (open.length === 0 && unsent.length > 0 && !isOver(order, context)) throw tooEarly();
  const conclude = async (): Promise<ActionResult> => {
    const results = await Promise.all(
      shares.map((share) => concludeShare(share, states, runner, order, call, context)),
    );
    const [first] = results;
    if (first !== undefined && results.length === 1 && unsent.length === 0) return first;
    const outcomes = [
      ...results.flatMap((result, index) => outcomesOf(result, shares[index]?.targets ?? [])),
      ...unsent.map((id) => ({ id, outcome: 'failed' as const, detail: notItsTurn, fenced: false })),
    ];
    const inOrder = order.targets.flatMap((id) => outcomes.find((one) => one.id === id) ?? []);
    return resultOf(call.function, inOrder);
  };
  const running = open.at(-1);
  if (running === undefined) return { found: 'ended', result: await conclude() };
  return { found: 'running', reference: running.state.jid, result: conclude() };
}

const notItsTurn = 'not sent: the healer ended before its turn came';

/** Targets of the order, and the newest job that each of them got. */
interface Share {
  readonly state: JobState;
  readonly targets: readonly string[];
}

/**
 * One attempt can have several jobs: parts of a long list, another try at a minion that was busy, the plain function
 * after the one through a module that is not there. What counts on a minion is the last that it got.
 */
function sharesOf(order: AttemptOrder, states: readonly JobState[]): readonly Share[] {
  const newest = new Map<string, JobState>();
  for (const state of states) {
    for (const minion of state.minions.length > 0 ? state.minions : order.targets) newest.set(minion, state);
  }
  return states.flatMap((state) => {
    const targets = order.targets.filter((target) => newest.get(target) === state);
    return targets.length === 0 ? [] : [{ state, targets }];
  });
}

function isOpen({ state, targets }: Share): boolean {
  return !targets.every((target) => state.returns.has(target));
}

async function concludeShare(
  share: Share,
  states: readonly JobState[],
  runner: OrderRunner,
  order: AttemptOrder,
  call: OrderedCall,
  context: DispatchContext,
): Promise<ActionResult> {
  const { state, targets } = share;
  const meant = { ...order, targets };
  const known = states.map(({ jid }) => jid);
  const settled: FollowedJob = { returns: state.returns, missing: new Map(), problem: null };
  if (!isOpen(share))
    return runner.conclude(meant, call, state.function, only(settled, targets), context, known);
  const followed = await runner.follow(meant, { jid: state.jid, minions: targets }, state.function, context);
  const returns = new Map([...state.returns, ...followed.returns]);
  return runner.conclude(
    meant,
    call,
    state.function,
    only({ ...followed, returns }, targets),
    context,
    known,
  );
}

function only(followed: FollowedJob, targets: readonly string[]): FollowedJob {
  const returns = [...followed.returns].filter(([id]) => targets.includes(id));
  return { ...followed, returns: new Map(returns) };
}

/** Of something that was never sent no target is named. */
function outcomesOf(result: ActionResult, targets: readonly string[]): readonly TargetOutcome[] {
  if (result.targets.length > 0) return result.targets;
  return targets.map((id) => ({ id, outcome: 'failed', detail: result.summary, fenced: false }));
}

function isOver({ notAfter }: AttemptOrder, context: DispatchContext): boolean {
  return context.now() > notAfter + clockMarginMs;
}

function tooEarly(): SaltError {
  return new SaltError(
    'salt-busy',
    'not every minion has taken the order, and its time is not over yet',
    false,
  );
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
  if (seen.some(({ state }) => state === 'running')) {
    return { found: 'running', reference: order.attempt, result: awaitRecords(client, order, call, context) };
  }
  if (seen.some(({ state }) => state === 'never-taken') && !isOver(order, context)) throw tooEarly();
  if (seen.length > 0 && seen.every(({ state }) => state === 'never-taken')) return { found: 'never-sent' };
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
  for (let waitMs = lookAgain.firstMs; ; waitMs = Math.min(lookAgain.longestMs, waitMs * 2)) {
    await pause(Math.min(waitMs, Math.max(0, order.deadlineAt - context.now())), context.signal);
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
