import type { ActionResult, AttemptOrder, TargetOutcome } from '@prunella/core';
import type { DispatchContext } from '../backend.ts';
import type { OrderedCall } from './actions.ts';
import type { MinionReturn, SaltClient, SaltFunction, StartedJob } from './client.ts';
import type { EventFeed } from './event-feed.ts';
import { fencedCall, metadataOf, plainCall } from './fenced-call.ts';
import { type FollowedJob, followJob } from './follow-job.ts';
import { type Judgement, judge, judgeFenced } from './judge.ts';
import { type LookedAt, lookAtMinions, recordedReturns } from './look.ts';
import { pause } from './pause.ts';
import { missingOutcome, neverSent, resultOf } from './result.ts';
import { SaltError } from './salt-error.ts';

const lookForLostMs = 2_000;
const statusWaitSeconds = 5;
/** What is known where the minion's own record is all that there is, and it has no end yet. */
const recordTexts: Partial<Record<LookedAt['state'], string>> = {
  running: 'it still ran when its time was over, by the record of the minion',
  interrupted: 'it began and was interrupted, by the record of the minion; nobody knows how far it came',
};
/** Between two tries at a minion on which another state run is under way. */
const busyWait = { firstMs: 1_000, longestMs: 10_000 };

/** What came back of a job, and when it was sent, by `performance.now`. */
type OnReturns = (returns: ReadonlyMap<string, MinionReturn>, sentAt: number) => void;

/** Carries one order to Salt and judges what comes back. */
export class OrderRunner {
  readonly #client: SaltClient;
  readonly #feed: EventFeed;
  readonly #fences: boolean;
  readonly #perJob: number;
  readonly #onReturns: OnReturns;
  /** Jobs of each order that is under way: one that was begun without our hearing of it is none of them. */
  readonly #jobs = new Map<string, Set<string>>();

  /** `perJob`: minions that one job goes to. */
  constructor(
    client: SaltClient,
    feed: EventFeed,
    fences: boolean,
    perJob: number,
    onReturns: OnReturns = () => {},
  ) {
    this.#client = client;
    this.#feed = feed;
    this.#fences = fences;
    this.#perJob = perJob;
    this.#onReturns = onReturns;
  }

  /**
   * Sends it to a few minions after the other and stops where one did not succeed, so that a state that does
   * harm does not do it everywhere. Throws `SaltError` only where nothing can have been sent.
   */
  async perform(order: AttemptOrder, call: OrderedCall, context: DispatchContext): Promise<ActionResult> {
    try {
      return await this.#performParts(order, call, context);
    } finally {
      this.#jobs.delete(order.attempt);
    }
  }

  async #performParts(
    order: AttemptOrder,
    call: OrderedCall,
    context: DispatchContext,
  ): Promise<ActionResult> {
    const outcomes: TargetOutcome[] = [];
    for (let from = 0; from < order.targets.length; from += this.#perJob) {
      const part = order.targets.slice(from, from + this.#perJob);
      const why = from === 0 ? null : whyNotOn(outcomes, order, context);
      if (why !== null) {
        const left = order.targets.slice(from);
        outcomes.push(...left.map((id) => ({ id, outcome: 'failed' as const, detail: why, fenced: false })));
        break;
      }
      const result = await this.#performPart({ ...order, targets: part }, call, context, from === 0);
      if (order.targets.length === part.length || (from === 0 && result.neverSent)) return result;
      outcomes.push(...(result.targets.length > 0 ? result.targets : notTaken(part, result.summary)));
    }
    return resultOf(call.function, outcomes);
  }

  /** One job; another for those minions on which another state run was under way, while there is time. */
  async #performPart(
    order: AttemptOrder,
    call: OrderedCall,
    context: DispatchContext,
    isFirst: boolean,
  ): Promise<ActionResult> {
    const send = this.#fences ? fencedCall(order, call) : plainCall(call);
    const outcomes = new Map<string, TargetOutcome>();
    let targets = order.targets;
    for (let waitMs = busyWait.firstMs; ; waitMs = Math.min(busyWait.longestMs, waitMs * 2)) {
      const isAgain = outcomes.size > 0;
      const sentAt = performance.now();
      const sent = await this.#send(order, send, targets, context).catch((error: unknown) => {
        if ((isFirst && !isAgain) || !(error instanceof SaltError)) throw error;
        return { result: neverSent(error.message) };
      });
      if ('result' in sent) {
        if (!isAgain) return sent.result;
        const { result } = sent;
        for (const one of result.targets.length > 0 ? result.targets : notTaken(targets, result.summary)) {
          outcomes.set(one.id, one);
        }
        break;
      }
      if (!isAgain && isFirst) context.onReference(sent.job.jid);
      const followed = await this.#follow(order, sent.job, send.name, targets, context, false);
      this.#onReturns(followed.returns, sentAt);
      const judged = await this.#judge({ ...order, targets }, call, send.name, followed, context);
      for (const [id, outcome] of judged.outcomes) outcomes.set(id, outcome);
      targets = judged.busy;
      if (targets.length === 0) break;
      const until = Math.min(order.notAfter, order.deadlineAt);
      if (context.now() + waitMs >= until || context.signal.aborted) {
        if (targets.length === order.targets.length) return neverSent(busyText(order, outcomes));
        break;
      }
      await pause(waitMs, context.signal);
    }
    return resultOf(call.function, inOrder(order, outcomes));
  }

  /**
   * Judges a job that was followed to its end, sends plainly to minions without the module, and looks again.
   * `known`: every job of the order.
   */
  async conclude(
    order: AttemptOrder,
    call: OrderedCall,
    sentFunction: string,
    followed: FollowedJob,
    context: DispatchContext,
    known: readonly string[] = [],
  ): Promise<ActionResult> {
    for (const jid of known) this.#note(order, jid);
    try {
      const { outcomes, busy } = await this.#judge(order, call, sentFunction, followed, context);
      if (busy.length === order.targets.length) return neverSent(busyText(order, outcomes));
      return resultOf(call.function, inOrder(order, outcomes));
    } finally {
      this.#jobs.delete(order.attempt);
    }
  }

  #note({ attempt }: AttemptOrder, jid: string): void {
    const jobs = this.#jobs.get(attempt) ?? new Set();
    this.#jobs.set(attempt, jobs.add(jid));
  }

  /** `busy`: those where nothing ran because of another state run. */
  async #judge(
    order: AttemptOrder,
    call: OrderedCall,
    sentFunction: string,
    followed: FollowedJob,
    context: DispatchContext,
  ): Promise<{ readonly outcomes: Map<string, TargetOutcome>; readonly busy: readonly string[] }> {
    const outcomes = new Map<string, TargetOutcome>();
    const busy: string[] = [];
    const withoutModule: string[] = [];
    const fenced = sentFunction === 'prunella.apply';
    for (const [id, given] of followed.returns) {
      const judgement = fenced ? judgeFenced(call, given) : judge(call, given);
      if (judgement === null) withoutModule.push(id);
      else outcomes.set(id, outcomeOf(id, judgement, fenced));
      if (judgement?.busy) busy.push(id);
    }
    for (const [id, missing] of followed.missing) {
      outcomes.set(id, missingOutcome(id, missing, fenced, followed.problem));
    }
    if (withoutModule.length > 0) {
      const plainly = await this.#sendPlainly(order, call, withoutModule, context);
      for (const outcome of plainly.outcomes) outcomes.set(outcome.id, outcome);
      busy.push(...plainly.busy);
    }
    if (fenced) await this.#askRecords(order, call, outcomes, context.signal);
    await this.#checkService(call, outcomes, context.signal);
    return { outcomes, busy };
  }

  follow(
    order: AttemptOrder,
    job: StartedJob,
    sentFunction: string,
    context: DispatchContext,
  ): Promise<FollowedJob> {
    return this.#follow(order, job, sentFunction, order.targets, context, true);
  }

  #follow(
    order: AttemptOrder,
    job: StartedJob,
    sentFunction: string,
    targets: readonly string[],
    context: DispatchContext,
    resumed: boolean,
  ): Promise<FollowedJob> {
    const { now, signal } = context;
    const recorded = (minions: readonly string[]) => recordedReturns(this.#client, order, minions, signal);
    return followJob(this.#client, this.#feed, job, {
      targets,
      until: order.deadlineAt,
      giveUpAfter: order.notAfter,
      now,
      signal,
      resumed,
      ...(sentFunction === 'prunella.apply' ? { recorded } : {}),
    });
  }

  async #send(
    order: AttemptOrder,
    call: SaltFunction,
    targets: readonly string[],
    context: DispatchContext,
  ): Promise<{ readonly job: StartedJob } | { readonly result: ActionResult }> {
    const metadata = metadataOf(order);
    const timeoutMs = order.deadlineAt - context.now();
    try {
      const target = { expression: targets, matcher: 'list' };
      const job = await this.#client.start(target, call, { metadata, timeoutMs, signal: context.signal });
      if (job) {
        this.#note(order, job.jid);
        return { job };
      }
      return {
        result: neverSent(`the Salt master has no minion of the id ${targets.join(', ')}: nothing was sent`),
      };
    } catch (error) {
      if (!(error instanceof SaltError) || !error.maybeTaken) throw error;
      const job = await this.#findLost(order, targets, context);
      if (job) return { job };
      const detail = `${error.message}; whether the order was taken is not known`;
      const outcomes = targets.map((id) => ({
        id,
        outcome: 'unknown' as const,
        detail,
        fenced: this.#fences,
      }));
      return { result: resultOf(call.name, outcomes) };
    }
  }

  /** salt-api may have taken an order without saying so: until its time is over the job may still appear. */
  async #findLost(
    order: AttemptOrder,
    targets: readonly string[],
    context: DispatchContext,
  ): Promise<StartedJob | null> {
    const until = Math.min(order.deadlineAt, order.notAfter + lookForLostMs);
    do {
      try {
        const jids = await this.#client.jobsWith(metadataOf(order), context.signal);
        const jid = jids.findLast((one) => !this.#jobs.get(order.attempt)?.has(one));
        if (jid !== undefined) {
          this.#note(order, jid);
          return { jid, minions: targets };
        }
      } catch (error) {
        if (!(error instanceof SaltError)) throw error;
      }
      await pause(lookForLostMs, context.signal);
    } while (context.now() < until && !context.signal.aborted);
    return null;
  }

  /** Where `prunella.apply` is missing nothing has run, so the plain function may be sent, in time and unfenced. */
  async #sendPlainly(
    order: AttemptOrder,
    call: OrderedCall,
    targets: readonly string[],
    context: DispatchContext,
  ): Promise<{ readonly outcomes: readonly TargetOutcome[]; readonly busy: readonly string[] }> {
    const failed = (why: string) => ({ outcomes: notTaken(targets, why), busy: [] });
    if (context.now() > order.notAfter) {
      return failed(
        'the minion has no prunella.apply, and the time for the plain function is over: nothing ran',
      );
    }
    try {
      const sent = await this.#send(order, plainCall(call), targets, context);
      if ('result' in sent) {
        if (sent.result.neverSent) return failed(sent.result.summary);
        return { outcomes: sent.result.targets.map((target) => ({ ...target, fenced: false })), busy: [] };
      }
      const followed = await this.#follow(order, sent.job, call.function, targets, context, false);
      const busy: string[] = [];
      const outcomes = targets.map((id) => {
        const given = followed.returns.get(id);
        if (!given) return missingOutcome(id, followed.missing.get(id) ?? 'late', false, followed.problem);
        const judgement = judge(call, given);
        if (judgement.busy) busy.push(id);
        return outcomeOf(id, judgement, false);
      });
      return { outcomes, busy };
    } catch (error) {
      if (!(error instanceof SaltError)) throw error;
      return failed(
        `the minion has no prunella.apply, and the plain function could not be sent: ${error.message}`,
      );
    }
  }

  /** A return can be lost on its way; the minion's own record cannot. */
  async #askRecords(
    order: AttemptOrder,
    call: OrderedCall,
    outcomes: Map<string, TargetOutcome>,
    signal: AbortSignal,
  ): Promise<void> {
    const open = [...outcomes.values()].filter(({ outcome }) => outcome === 'unknown').map(({ id }) => id);
    if (open.length === 0 || signal.aborted) return;
    let looked: ReadonlyMap<string, LookedAt>;
    try {
      looked = await lookAtMinions(this.#client, order, call, open, signal);
    } catch {
      return;
    }
    for (const [id, seen] of looked) {
      const detail = recordTexts[seen.state];
      if (seen.state === 'ended') outcomes.set(id, outcomeOf(id, seen.judgement, true));
      else if (detail !== undefined) outcomes.set(id, { id, outcome: 'unknown', detail, fenced: true });
    }
  }

  /** A service can be started and be gone a moment later. */
  async #checkService(
    call: OrderedCall,
    outcomes: Map<string, TargetOutcome>,
    signal: AbortSignal,
  ): Promise<void> {
    if (call.service === null || signal.aborted) return;
    const done = [...outcomes.values()].filter(({ outcome }) => outcome === 'succeeded');
    if (done.length === 0) return;
    let answers: ReadonlyMap<string, MinionReturn> = new Map();
    try {
      const status = { name: 'service.status', args: [], kwargs: { name: call.service } };
      const ids = done.map(({ id }) => id);
      answers = await this.#client.ask(ids, status, statusWaitSeconds, signal);
    } catch (error) {
      if (!(error instanceof SaltError)) throw error;
    }
    for (const outcome of done) {
      const running = answers.get(outcome.id)?.value;
      if (typeof running !== 'boolean') {
        outcomes.set(outcome.id, {
          ...outcome,
          detail: `${outcome.detail}; its status could not be asked for`,
        });
      } else if (running === call.expectsRunning) {
        const seen = running ? 'service.status says it runs' : 'service.status says it does not run';
        outcomes.set(outcome.id, { ...outcome, detail: `${outcome.detail}; ${seen}` });
      } else {
        const detail = `${outcome.detail}, but service.status says ${call.service} ${running ? 'still runs' : 'does not run'}`;
        outcomes.set(outcome.id, { ...outcome, outcome: 'failed', detail });
      }
    }
  }
}

function outcomeOf(id: string, { outcome, detail }: Judgement, fenced: boolean): TargetOutcome {
  return { id, outcome, detail, fenced };
}

function notTaken(targets: readonly string[], detail: string): readonly TargetOutcome[] {
  return targets.map((id) => ({ id, outcome: 'failed', detail, fenced: false }));
}

function inOrder(
  order: AttemptOrder,
  outcomes: ReadonlyMap<string, TargetOutcome>,
): readonly TargetOutcome[] {
  return order.targets.flatMap((id) => outcomes.get(id) ?? []);
}

/** Why the minions that are left are spared; null where they get it, too. */
function whyNotOn(
  outcomes: readonly TargetOutcome[],
  order: AttemptOrder,
  context: DispatchContext,
): string | null {
  const bad = outcomes.find(({ outcome }) => outcome !== 'succeeded');
  if (bad !== undefined) return `not sent: it did not succeed on ${bad.id}, which was before`;
  if (context.signal.aborted) return 'not sent: it was given up before';
  return context.now() > order.notAfter ? 'not sent: its time was over with those before' : null;
}

function busyText(order: AttemptOrder, outcomes: ReadonlyMap<string, TargetOutcome>): string {
  const [first] = inOrder(order, outcomes);
  return `another state run was under way until its time was over, so nothing ran; ${first?.id}: ${first?.detail}`;
}
