import type { ActionResult, AttemptOrder } from '@prunella/core';
import type { DispatchContext, FoundAttempt } from '../backend.ts';
import type { OrderedCall } from './actions.ts';
import type { JobState, SaltClient } from './client.ts';
import type { EventFeed } from './event-feed.ts';
import { OrderRunner } from './orders.ts';
import { pause } from './pause.ts';
import { SaltError } from './salt-error.ts';
import type { JsonRecord } from './value.ts';

/** The reactor may still be at work when the time of an order is over. */
const marginMs = 2_000;
/** Each question costs the master a process. */
const asking = { firstMs: 300, longestMs: 3_000 };

/** Finds and follows the jobs that webhooks caused, where the API can be read beside the hooks. */
export class HookJobs {
  readonly #client: SaltClient;
  readonly #feed: EventFeed;
  readonly #runner: OrderRunner;

  constructor(client: SaltClient, feed: EventFeed) {
    this.#client = client;
    this.#feed = feed;
    this.#runner = new OrderRunner(client, feed, false, 1);
  }

  /** Opens what is needed to see a job end. Null where the API cannot be used now: the hook works all the same. */
  async watch(): Promise<(() => void) | null> {
    try {
      await this.#client.ready();
      return await this.#feed.follow();
    } catch (error) {
      if (!(error instanceof SaltError)) throw error;
      return null;
    }
  }

  /** What became of the job of an order that was just posted; null where none appears until its time is over. */
  async verify(
    order: AttemptOrder,
    call: OrderedCall,
    context: DispatchContext,
  ): Promise<ActionResult | null> {
    const until = Math.min(order.deadlineAt, order.notAfter + marginMs);
    for (let waitMs = asking.firstMs; ; waitMs = Math.min(asking.longestMs, waitMs * 2)) {
      const state = await this.#look(order, call, context.signal).catch((error: unknown) => {
        if (error instanceof SaltError) return null;
        throw error;
      });
      if (state) return this.#follow(state, order, call, context);
      if (context.now() + waitMs > until || context.signal.aborted) return null;
      await pause(waitMs, context.signal);
    }
  }

  /** After a crash of the healer. Rejects where the master cannot be asked now. */
  async find(order: AttemptOrder, call: OrderedCall, context: DispatchContext): Promise<FoundAttempt> {
    await this.#client.ready();
    const state = await this.#look(order, call, context.signal);
    if (state) {
      const stop = await this.#feed.follow();
      const result = this.#follow(state, order, call, context).finally(stop);
      return { found: 'running', reference: state.jid, result };
    }
    if (context.now() <= order.notAfter + marginMs) {
      const why = 'no job of the webhook was found, but its time is not over yet';
      throw new SaltError('salt-busy', why, false);
    }
    return {
      found: 'not-found',
      why: 'the Salt master has no job with this attempt in its metadata; a reactor of your own may leave it out',
    };
  }

  async #look(order: AttemptOrder, call: OrderedCall, signal: AbortSignal): Promise<JobState | null> {
    const jids = await this.#client.jobsWith(hookMetadata(order, call), signal);
    const jid = jids.at(-1);
    return jid === undefined ? null : this.#client.job(jid, signal);
  }

  async #follow(
    { jid, minions }: JobState,
    order: AttemptOrder,
    call: OrderedCall,
    context: DispatchContext,
  ): Promise<ActionResult> {
    const targets = order.targets.length > 0 ? order.targets : minions;
    const meant = { ...order, targets };
    const followed = await this.#runner.follow(meant, { jid, minions }, call.function, context);
    return this.#runner.conclude(meant, call, call.function, followed, context);
  }
}

/** As salt/prunella/reactor/hook.sls keeps it with the job. */
function hookMetadata(order: AttemptOrder, call: OrderedCall): JsonRecord {
  return { prunella: { hook: call.hook, attempt: order.attempt } };
}
