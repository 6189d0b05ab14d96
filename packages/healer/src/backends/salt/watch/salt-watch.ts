import type { Signal } from '@prunella/core';
import type { AcceptSignal, Source, TellActing } from '../../../sources/source.ts';
import type { MinionReturn, SaltClient } from '../client.ts';
import type { EventFeed } from '../event-feed.ts';
import type { StateRunQuestion } from '../roll-call.ts';
import { isRecord } from '../value.ts';
import { type BusEvent, readBusEvent } from './bus-event.ts';
import { ForeignJobs } from './foreign-jobs.ts';
import { signalsOf, type WatchedNode } from './signals.ts';

export interface SaltWatchOptions {
  readonly client: Pick<SaltClient, 'ask'>;
  readonly feed: Pick<EventFeed, 'listenToAll' | 'hold'>;
  readonly nodes: readonly WatchedNode[];
  /** What goes wrong here, for people. */
  readonly onProblem: (text: string) => void;
  readonly times?: Partial<WatchTimes>;
}

export interface WatchTimes {
  /** Between two questions whether the jobs of others still run. */
  readonly askEveryMs: number;
  /** How long minions that come or go are gathered, to tell one of them from all of them. */
  readonly settleMs: number;
  /** The time in which only so many signals are made. */
  readonly signalWindowMs: number;
}

const usualTimes: WatchTimes = { askEveryMs: 20_000, settleMs: 15_000, signalWindowMs: 60_000 };
const signalsInWindow = 60;
const waitSeconds = 3;
/**
 * So many minions that come or go at once have one cause: their master, or the network. After a restart of the
 * master each minion says that it started, spread over its `recon_max` (10 s).
 */
const together = { least: 2, share: 0.5 };

/** Salt's event bus as a source: signals, and what others do on the minions that the healer repairs. */
export class SaltWatch implements Source, StateRunQuestion {
  readonly name = 'salt';
  readonly function = { name: 'saltutil.is_running', args: ['state.*'], kwargs: {} };
  readonly #options: SaltWatchOptions;
  readonly #times: WatchTimes;
  readonly #minions: ReadonlySet<string>;
  /** Resources with a node on each minion, and the minions of each. */
  readonly #resourcesOn = new Map<string, Set<string>>();
  readonly #targetsOf = new Map<string, string[]>();
  /** What was told last of each resource. */
  readonly #told = new Map<string, string>();
  readonly #jobs: ForeignJobs;
  readonly #stopping = new AbortController();
  #accept: AcceptSignal = async () => ({ accepted: false, reason: 'the source has not started' });
  #tell: TellActing = () => {};
  #release: () => void = () => {};
  #stopListening: () => void = () => {};
  #mayAsk = true;
  #coming: BusEvent[] = [];
  #settling: NodeJS.Timeout | null = null;
  #asking: NodeJS.Timeout | null = null;
  #window = { since: Number.NEGATIVE_INFINITY, count: 0 };
  /** What is under way, for an orderly end. */
  readonly #open = new Set<Promise<unknown>>();

  constructor(options: SaltWatchOptions) {
    this.#options = options;
    this.#times = { ...usualTimes, ...options.times };
    this.#minions = new Set(options.nodes.map(({ target }) => target));
    this.#jobs = new ForeignJobs(this.#minions);
    for (const { resource, target } of options.nodes) {
      this.#resourcesOn.set(target, (this.#resourcesOn.get(target) ?? new Set()).add(resource));
      this.#targetsOf.set(resource, [...(this.#targetsOf.get(resource) ?? []), target]);
    }
  }

  /** Does not wait for Salt: where it is down, the feed is tried again until it is up. */
  async start(accept: AcceptSignal, tell: TellActing = () => {}): Promise<void> {
    this.#accept = accept;
    this.#tell = tell;
    this.#stopListening = this.#options.feed.listenToAll((tag, data) => {
      for (const event of readBusEvent(tag, data)) this.#take(event);
    });
    this.#release = this.#options.feed.hold();
    this.#asking = setInterval(() => this.#keep(this.#askForJobs()), this.#times.askEveryMs);
    this.#asking.unref();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#stopListening();
    this.#release();
    if (this.#asking !== null) clearInterval(this.#asking);
    if (this.#settling !== null) {
      // A reload, too, ends a watch, and nobody tells it again of what was gathered.
      clearTimeout(this.#settling);
      this.#settle();
    }
    await Promise.all(this.#open);
  }

  get mayAsk(): boolean {
    return this.#mayAsk;
  }

  refused(): void {
    this.#mayAsk = false;
    this.#options.onProblem(
      'state runs that minions began by themselves are not seen: allow saltutil.is_running in external_auth',
    );
  }

  answered(returns: ReadonlyMap<string, MinionReturn>): void {
    for (const [minion, { value }] of returns) {
      for (const job of Array.isArray(value) ? value.filter(isRecord) : []) {
        const { jid, fun, user } = job;
        if (typeof jid !== 'string' || typeof fun !== 'string') continue;
        const found = { jid, function: fun, user: typeof user === 'string' ? user : '' };
        this.#jobs.found(found, minion, Date.now());
      }
    }
    this.#tellOf([...returns.keys()]);
  }

  #take(event: BusEvent): void {
    this.#tellOf(this.#jobs.take(event, Date.now()));
    switch (event.type) {
      case 'minion-started':
      case 'minions-lost':
      case 'minions-back':
        this.#coming.push(event);
        this.#settling ??= setTimeout(() => this.#settle(), this.#times.settleMs);
        return;
      default:
        this.#send(signalsOf(event, this.#options.nodes));
    }
  }

  /** One minion that restarts is news of that minion; many at once are news of their master. */
  #settle(): void {
    this.#settling = null;
    const coming = this.#coming;
    this.#coming = [];
    const named = coming.flatMap((event) =>
      event.type === 'minion-started' ? [event.minion] : 'minions' in event ? event.minions : [],
    );
    const moved = new Set(named.filter((minion) => this.#minions.has(minion)));
    const most = Math.max(together.least, Math.ceil(this.#minions.size * together.share));
    if (moved.size >= most) {
      this.#options.onProblem(
        `${moved.size} of ${this.#minions.size} minions came or went within ${this.#times.settleMs} ms: taken for news of their Salt master or of the network, and no signal is made of any of them`,
      );
      return;
    }
    for (const event of coming) this.#send(signalsOf(event, this.#options.nodes));
  }

  #send(signals: readonly Signal[]): void {
    for (const signal of signals) {
      if (!this.#hasRoom()) return;
      const doing = `the signal ${signal.type} of ${signal.resource}`;
      this.#keep(
        this.#accept(signal).then(
          () => {},
          (error) => this.#options.onProblem(`${doing} could not be written down: ${String(error)}`),
        ),
      );
    }
  }

  #hasRoom(): boolean {
    const now = performance.now();
    if (now - this.#window.since >= this.#times.signalWindowMs) this.#window = { since: now, count: 0 };
    this.#window.count += 1;
    if (this.#window.count === signalsInWindow + 1) {
      this.#options.onProblem(
        `Salt's event bus brought more than ${signalsInWindow} signals in ${this.#times.signalWindowMs} ms: further ones are left out`,
      );
    }
    return this.#window.count <= signalsInWindow;
  }

  /** A return can be lost: whether a job of others still runs, the minion knows. */
  async #askForJobs(): Promise<void> {
    const signal = this.#stopping.signal;
    for (const { jid, minions } of this.#jobs.jobs()) {
      const asked = [...minions.keys()];
      const call = { name: 'saltutil.find_job', args: [], kwargs: { jid } };
      const answers = await this.#options.client.ask(asked, call, waitSeconds, signal).catch(() => new Map());
      if (signal.aborted) return;
      for (const [minion, answer] of answers) {
        const runs = isRecord(answer.value) && Object.keys(answer.value).length > 0;
        if (runs) this.#jobs.seen(jid, minion, Date.now());
        else this.#jobs.end(jid, minion);
      }
      this.#tellOf(asked);
    }
    this.#tellOf(this.#jobs.expire(Date.now()));
  }

  #tellOf(minions: readonly string[]): void {
    const concerned = new Set(minions.flatMap((minion) => [...(this.#resourcesOn.get(minion) ?? [])]));
    for (const resource of concerned) {
      const acting = this.#jobs.actingOn(this.#targetsOf.get(resource) ?? []);
      const text = JSON.stringify(acting);
      if (this.#told.get(resource) === text) continue;
      this.#told.set(resource, text);
      this.#tell(resource, acting);
    }
  }

  #keep(work: Promise<unknown>): void {
    const kept = work.finally(() => this.#open.delete(kept));
    this.#open.add(kept);
  }
}
