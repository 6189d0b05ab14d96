import type { ActionResult, AttemptOrder, TargetOutcome } from '@prunella/core';
import type { DispatchContext } from '../backend.ts';
import type { OrderedCall } from './actions.ts';
import type { MinionReturn, SaltClient, SaltFunction, StartedJob } from './client.ts';
import type { EventFeed } from './event-feed.ts';
import { fencedCall, metadataOf, plainCall } from './fenced-call.ts';
import { type FollowedJob, followJob } from './follow-job.ts';
import { judge, judgeFenced } from './judge.ts';
import { type LookedAt, lookAtMinions } from './look.ts';
import { missingOutcome, neverSent, resultOf } from './result.ts';
import { SaltError } from './salt-error.ts';

const lookForLostMs = 2_000;
const statusWaitSeconds = 5;

/** Carries one order to Salt and judges what comes back. */
export class OrderRunner {
  readonly #client: SaltClient;
  readonly #feed: EventFeed;
  readonly #fences: boolean;

  constructor(client: SaltClient, feed: EventFeed, fences: boolean) {
    this.#client = client;
    this.#feed = feed;
    this.#fences = fences;
  }

  /** Throws `SaltError` only where nothing can have been sent. */
  async perform(order: AttemptOrder, call: OrderedCall, context: DispatchContext): Promise<ActionResult> {
    const send = this.#fences ? fencedCall(order, call) : plainCall(call);
    const sent = await this.#send(order, send, order.targets, context);
    if ('result' in sent) return sent.result;
    context.onReference(sent.job.jid);
    const followed = await this.#follow(order, sent.job, order.targets, context, false);
    return this.conclude(order, call, send.name, followed, context);
  }

  /** Judges a job that was followed to its end, sends plainly to minions without the module, and looks again. */
  async conclude(
    order: AttemptOrder,
    call: OrderedCall,
    sentFunction: string,
    followed: FollowedJob,
    context: DispatchContext,
  ): Promise<ActionResult> {
    const outcomes = new Map<string, TargetOutcome>();
    const withoutModule: string[] = [];
    const fenced = sentFunction === 'prunella.apply';
    for (const [id, given] of followed.returns) {
      const judgement = fenced ? judgeFenced(call.function, given) : judge(call.function, given);
      if (judgement) outcomes.set(id, { id, ...judgement, fenced });
      else withoutModule.push(id);
    }
    for (const [id, missing] of followed.missing) {
      outcomes.set(id, missingOutcome(id, missing, fenced, followed.problem));
    }
    if (withoutModule.length > 0) {
      for (const outcome of await this.#sendPlainly(order, call, withoutModule, context)) {
        outcomes.set(outcome.id, outcome);
      }
    }
    if (fenced) await this.#askRecords(order, call, outcomes, context.signal);
    await this.#checkService(call, outcomes, context.signal);
    const ordered = order.targets.flatMap((id) => outcomes.get(id) ?? []);
    return resultOf(call.function, ordered);
  }

  follow(order: AttemptOrder, job: StartedJob, context: DispatchContext): Promise<FollowedJob> {
    return this.#follow(order, job, order.targets, context, true);
  }

  #follow(
    order: AttemptOrder,
    job: StartedJob,
    targets: readonly string[],
    context: DispatchContext,
    resumed: boolean,
  ): Promise<FollowedJob> {
    const { now, signal } = context;
    const options = { targets, until: order.deadlineAt, giveUpAfter: order.notAfter, now, signal, resumed };
    return followJob(this.#client, this.#feed, job, options);
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
      if (job) return { job };
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
        const jid = jids.at(-1);
        if (jid !== undefined) return { jid, minions: targets };
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
  ): Promise<readonly TargetOutcome[]> {
    const failed = (why: string): readonly TargetOutcome[] =>
      targets.map((id) => ({ id, outcome: 'failed', detail: why, fenced: false }));
    if (context.now() > order.notAfter) {
      return failed(
        'the minion has no prunella.apply, and the time for the plain function is over: nothing ran',
      );
    }
    try {
      const sent = await this.#send(order, plainCall(call), targets, context);
      if ('result' in sent) {
        if (sent.result.neverSent) return failed(sent.result.summary);
        return sent.result.targets.map((target) => ({ ...target, fenced: false }));
      }
      const followed = await this.#follow(order, sent.job, targets, context, false);
      return targets.map((id) => {
        const given = followed.returns.get(id);
        if (given) return { id, ...judge(call.function, given), fenced: false };
        return missingOutcome(id, followed.missing.get(id) ?? 'late', false, followed.problem);
      });
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
      looked = await lookAtMinions(this.#client, order, call.function, open, signal);
    } catch {
      return;
    }
    for (const [id, seen] of looked) {
      if (seen.state === 'ended') outcomes.set(id, { id, ...seen.judgement, fenced: true });
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

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    timer.unref();
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
  });
}
