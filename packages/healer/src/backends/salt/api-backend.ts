import type { ActionResult, AttemptOrder, TargetResolution } from '@prunella/core';
import type { Finding } from '../../doctor/finding.ts';
import type {
  Backend,
  BackendHealth,
  BackendPromises,
  DispatchContext,
  FoundAttempt,
  TargetRequest,
} from '../backend.ts';
import { type AllowedCalls, callOf, saltActions } from './actions.ts';
import type { SaltClient } from './client.ts';
import { predict } from './dry-run.ts';
import type { EventFeed } from './event-feed.ts';
import { examineSalt } from './examine.ts';
import { findInRecords, findOrder } from './find-order.ts';
import { HeardMinions } from './heard-minions.ts';
import type { Limits } from './limits.ts';
import { OrderRunner } from './orders.ts';
import { remedyFor } from './remedy.ts';
import { idsNamed, resolutionOf, resolveTargets } from './resolve-targets.ts';
import { neverSent } from './result.ts';
import { RollCall } from './roll-call.ts';
import { RunnerOrders } from './runner-orders.ts';
import type { SaltWatch } from './watch/salt-watch.ts';
import type { WatchedNode } from './watch/signals.ts';

const grainWaitSeconds = 3;

export interface ApiBackendOptions {
  readonly client: SaltClient;
  readonly feed: EventFeed;
  readonly watch: SaltWatch | null;
  readonly limits: Limits;
  /** Whether orders go through `prunella.apply` where a minion has it. */
  readonly fences: boolean;
  /** Minions that one job goes to. */
  readonly perJob: number;
  /** Questions to minions at one time, each to others. */
  readonly questionsAtOnce: number;
  /** The grain that names a minion's failure domain; null where none does. */
  readonly domainGrain: string | null;
  readonly allowed: AllowedCalls;
  /** The declared nodes with a target. */
  readonly nodes: readonly WatchedNode[];
}

/** Salt through salt-api's own interface: every job is followed to each minion's return. */
export class SaltApiBackend implements Backend {
  readonly name = 'salt';
  readonly actions = saltActions;
  readonly promises: BackendPromises;
  readonly origin: string;
  readonly #client: SaltClient;
  readonly #limits: Limits;
  readonly #fences: boolean;
  readonly #domainGrain: string | null;
  readonly #allowed: AllowedCalls;
  readonly #nodes: readonly WatchedNode[];
  readonly #feed: EventFeed;
  readonly #rollCall: RollCall;
  readonly #heard = new HeardMinions();
  readonly watch: SaltWatch | null;
  readonly #runner: OrderRunner;
  readonly #onMaster: RunnerOrders;

  constructor(options: ApiBackendOptions) {
    this.#client = options.client;
    this.origin = options.client.url.origin;
    this.#limits = options.limits;
    this.#fences = options.fences;
    this.#domainGrain = options.domainGrain;
    this.#allowed = options.allowed;
    this.#nodes = options.nodes;
    this.#feed = options.feed;
    this.watch = options.watch;
    const { client, feed, watch, questionsAtOnce } = options;
    this.#rollCall = new RollCall(client, feed, watch, this.#heard, questionsAtOnce);
    this.#runner = new OrderRunner(client, feed, options.fences, options.perJob, (returns, sentAt) => {
      const told = this.#heard.ofOrder(returns, sentAt);
      watch?.answered(told);
    });
    this.#onMaster = new RunnerOrders(options.client, this.#feed);
    this.promises = { finds: true, fences: options.fences, cancels: false, dryRuns: true };
  }

  async resolve(request: TargetRequest, signal: AbortSignal): Promise<TargetResolution> {
    return this.foresee(request, await this.whoAnswers(request, signal), signal);
  }

  /** The targets alone; what others do there is told before they are, so that the decision on them knows it. */
  async whoAnswers(request: TargetRequest, signal: AbortSignal): Promise<TargetResolution> {
    const declared = this.#onMaster.targetsOf(request);
    if (declared) return declared;
    const named = idsNamed(request);
    // Beside the question who answers, where those who are meant are known before.
    const domainsOfNamed = this.#domainsOf(named, signal);
    const resolution = this.#heard.all(named)
      ? resolutionOf(request, new Set(named), new Set(named))
      : await resolveTargets(this.#rollCall, request);
    const domains =
      named.length > 0 ? await domainsOfNamed : await this.#domainsOf(answering(resolution), signal);
    if (domains.size === 0) return resolution;
    const targets = resolution.targets.map((target) => {
      const domain = domains.get(target.id);
      return domain === undefined ? target : { ...target, domain };
    });
    return { ...resolution, targets };
  }

  /** A minion without the grain, or with one that is no name, has no domain here. */
  async #domainsOf(ids: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const grain = this.#domainGrain;
    if (grain === null || ids.length === 0) return new Map();
    const call = { name: 'grains.get', args: [], kwargs: { key: grain } };
    const answers = await this.#client.ask(ids, call, grainWaitSeconds, signal).catch(() => new Map());
    const named = [...answers].flatMap(([id, { value }]): [string, string][] =>
      typeof value === 'string' && /^[\w.:-]{1,200}$/.test(value) ? [[id, value]] : [],
    );
    return new Map(named);
  }

  /** With what the dry run says, where one is asked for. */
  async foresee(
    { action, dryRun }: TargetRequest,
    resolution: TargetResolution,
    signal: AbortSignal,
  ): Promise<TargetResolution> {
    if (dryRun === undefined || resolution.error !== undefined) return resolution;
    const call = callOf(action, dryRun.arguments, this.#allowed);
    const ids = answering(resolution);
    const predictions = await predict(this.#client, this.#feed, call, ids, dryRun, signal);
    return { ...resolution, predictions };
  }

  async dispatch(order: AttemptOrder, context: DispatchContext): Promise<ActionResult> {
    const call = callOf(order.action, order.arguments, this.#allowed);
    if (order.targets.length === 0) return neverSent('the order has no target: nothing was sent');
    const patienceMs = order.notAfter - context.now();
    const release = await this.#limits.enter(order.targets, patienceMs, context.signal);
    if (!release)
      return neverSent('other jobs held the minion or the master until its time was over: nothing was sent');
    let stopFollowing = () => {};
    try {
      await this.#client.ready();
      stopFollowing = await this.#feed.follow();
      if (context.now() > order.notAfter) return neverSent('its time was over before it could be sent');
      if (call.onMaster) return await this.#onMaster.perform(order, call, context);
      return await this.#runner.perform(order, call, context);
    } finally {
      stopFollowing();
      release();
    }
  }

  async find(order: AttemptOrder, reference: string | null, context: DispatchContext): Promise<FoundAttempt> {
    const call = callOf(order.action, order.arguments, this.#allowed);
    await this.#client.ready();
    const stopFollowing = await this.#feed.follow();
    let found: FoundAttempt | null = null;
    try {
      found = call.onMaster
        ? await this.#onMaster.find(order, call, reference, context)
        : await findOrder(this.#client, this.#runner, order, call, reference, this.#fences, context);
      return found;
    } finally {
      if (found?.found === 'running') void found.result.finally(stopFollowing).catch(() => {});
      else stopFollowing();
    }
  }

  /** By the minions' records alone; null where orders are not fenced, so that there are none. */
  async findRecorded(order: AttemptOrder, context: DispatchContext): Promise<FoundAttempt | null> {
    if (!this.#fences) return null;
    const call = callOf(order.action, order.arguments, this.#allowed);
    return findInRecords(this.#client, order, call, context);
  }

  async check(): Promise<BackendHealth> {
    try {
      await this.#client.ready();
      await this.#client.job('20000101000000000000');
      return { ok: true, detail: `logged in at ${this.#client.url.origin}, and its Salt master answers` };
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      return { ok: false, problem, remedy: remedyFor(error) };
    }
  }

  examine(signal: AbortSignal, installation: string | null): Promise<readonly Finding[]> {
    const hookPath = '/hook';
    const examined = {
      client: this.#client,
      nodes: this.#nodes,
      fences: this.#fences,
      hookPath,
      installation,
    };
    return examineSalt(examined, signal);
  }

  async close(): Promise<void> {
    this.#feed.close();
  }
}

function answering({ targets }: TargetResolution): readonly string[] {
  return targets.filter(({ responding }) => responding === true).map(({ id }) => id);
}
