import type { MinionReturn, SaltClient, StartedJob } from './client.ts';
import type { EventFeed } from './event-feed.ts';
import { isRecord } from './value.ts';

export interface FollowOptions {
  /** Whose returns are waited for. */
  readonly targets: readonly string[];
  /** Ms since the Unix epoch by `now`; what has not come by then is not waited for. */
  readonly until: number;
  /** From this time on a minion that twice says nothing, or knows nothing of the job, is given up. */
  readonly giveUpAfter: number;
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** The job was started before: what came back meanwhile is asked for first. */
  readonly resumed?: boolean;
  /** What minions on which the job is over have written down of it; who has nothing is not in the map. */
  readonly recorded?: (minions: readonly string[]) => Promise<ReadonlyMap<string, MinionReturn>>;
}

/** `silent`: does not answer at all. `lost`: answers, and the job is over there, but no return came. */
export type Missing = 'silent' | 'lost' | 'late' | 'unknown-minion';

export interface FollowedJob {
  readonly returns: ReadonlyMap<string, MinionReturn>;
  readonly missing: ReadonlyMap<string, Missing>;
  /** Why the job could not be asked for at last; null where it could. */
  readonly problem: string | null;
}

/** Each question costs the master a process, so they become rare, rarer still while events come. */
const polling = { firstMs: 300, longestMs: 4_000 };
const pollingWithEvents = { firstMs: 5_000, longestMs: 15_000 };
/** Each question costs the minion a process: often only while something seems wrong. */
const presence = { firstMs: 4_000, longestMs: 30_000, waitSeconds: 2 };
const strikesToGiveUp = 2;

/** Waits for a job's returns: by events, by asking for the job, and by asking the minions whether it runs. */
export async function followJob(
  client: SaltClient,
  feed: EventFeed,
  job: StartedJob,
  options: FollowOptions,
): Promise<FollowedJob> {
  const follower = new JobFollower(client, feed, job, options);
  return follower.run();
}

class JobFollower {
  readonly #client: SaltClient;
  readonly #feed: EventFeed;
  readonly #job: StartedJob;
  readonly #options: FollowOptions;
  readonly #pending: Set<string>;
  readonly #returns = new Map<string, MinionReturn>();
  readonly #missing = new Map<string, Missing>();
  readonly #strikes = new Map<string, { readonly what: 'silent' | 'lost'; readonly count: number }>();
  /** Ends the questions that are still open when nothing is waited for any more. */
  readonly #over = new AbortController();
  #problem: string | null = null;
  #endSleep: () => void = () => {};
  readonly #wake = () => this.#endSleep();

  constructor(client: SaltClient, feed: EventFeed, job: StartedJob, options: FollowOptions) {
    this.#client = client;
    this.#feed = feed;
    this.#job = job;
    this.#options = options;
    const expected = new Set(job.minions);
    this.#pending = new Set(options.targets.filter((target) => expected.has(target)));
    for (const target of options.targets) {
      if (!expected.has(target)) this.#missing.set(target, 'unknown-minion');
    }
  }

  async run(): Promise<FollowedJob> {
    const stopListening = this.#feed.listen(this.#job.jid, (minion, given) => {
      this.#take(minion, given);
      this.#wake();
    });
    const { signal } = this.#options;
    const end = () => this.#over.abort();
    signal.addEventListener('abort', end, { once: true });
    try {
      await this.#loop();
    } finally {
      signal.removeEventListener('abort', end);
      stopListening();
      this.#over.abort();
    }
    for (const target of this.#pending) {
      this.#missing.set(target, this.#strikes.get(target)?.what ?? 'late');
    }
    return { returns: this.#returns, missing: this.#missing, problem: this.#problem };
  }

  /** Both questions are asked beside the wait: the return that ends it may come while they are open. */
  async #loop(): Promise<void> {
    const { now, until, resumed } = this.#options;
    const rhythm = () => (this.#feed.isOpen ? pollingWithEvents : polling);
    const poll = new Repeated(() => this.#poll(), resumed ? 0 : rhythm().firstMs, now);
    const presenceCheck = new Repeated(() => this.#askPresence(), presence.firstMs, now);
    while (this.#waits()) {
      await this.#sleep(Math.min(poll.dueAt, presenceCheck.dueAt, until) - now());
      if (!this.#waits()) return;
      poll.runWhenDue(this.#wake, (afterMs) =>
        Math.min(rhythm().longestMs, Math.max(rhythm().firstMs, afterMs * 2)),
      );
      presenceCheck.runWhenDue(this.#wake, (afterMs) =>
        this.#strikes.size > 0 ? presence.firstMs : Math.min(presence.longestMs, afterMs * 2),
      );
    }
  }

  #waits(): boolean {
    const { now, until, signal } = this.#options;
    return this.#pending.size > 0 && !signal.aborted && now() < until;
  }

  #take(minion: string, given: MinionReturn): void {
    if (this.#pending.delete(minion)) this.#returns.set(minion, given);
  }

  async #poll(): Promise<void> {
    try {
      const state = await this.#client.job(this.#job.jid, this.#over.signal);
      for (const [minion, given] of state?.returns ?? []) this.#take(minion, given);
      this.#problem = null;
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error);
    }
  }

  async #askPresence(): Promise<void> {
    const { now, giveUpAfter } = this.#options;
    const signal = this.#over.signal;
    const asked = [...this.#pending];
    let answers: ReadonlyMap<string, MinionReturn>;
    try {
      const call = { name: 'saltutil.find_job', args: [], kwargs: { jid: this.#job.jid } };
      answers = await this.#client.ask(asked, call, presence.waitSeconds, signal);
    } catch {
      // Where nobody can be asked, nobody is given up: the deadline ends the wait.
      return;
    }
    // A return that came between the two questions is not missing.
    await this.#poll();
    await this.#askRecords(asked.filter((minion) => isOver(answers.get(minion))));
    for (const minion of asked) {
      if (!this.#pending.has(minion)) continue;
      const answer = answers.get(minion);
      if (answer && !isOver(answer)) {
        this.#strikes.delete(minion);
        continue;
      }
      const what = answer ? 'lost' : 'silent';
      const before = this.#strikes.get(minion);
      const count = before?.what === what ? before.count + 1 : 1;
      this.#strikes.set(minion, { what, count });
      if (count >= strikesToGiveUp && now() > giveUpAfter) {
        this.#pending.delete(minion);
        this.#missing.set(minion, what);
      }
    }
  }

  /** A return can be lost on its way; what the minion wrote down frees it at once, not when the time is over. */
  async #askRecords(over: readonly string[]): Promise<void> {
    const minions = over.filter((minion) => this.#pending.has(minion));
    if (minions.length === 0 || this.#options.recorded === undefined) return;
    try {
      for (const [minion, given] of await this.#options.recorded(minions)) this.#take(minion, given);
    } catch {
      // Asked again with the next question.
    }
  }

  #sleep(ms: number): Promise<void> {
    const { signal } = this.#options;
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        this.#endSleep = () => {};
        resolve();
      };
      const timer = setTimeout(end, Math.max(0, ms));
      timer.unref();
      signal.addEventListener('abort', end, { once: true });
      this.#endSleep = end;
    });
  }
}

/** The minion knows nothing of the job. One that answers with a text may not be asked, so nobody knows. */
function isOver(answer: MinionReturn | undefined): boolean {
  return answer !== undefined && isRecord(answer.value) && Object.keys(answer.value).length === 0;
}

/** Something that is asked again and again, never twice at once. */
class Repeated {
  readonly #ask: () => Promise<void>;
  readonly #now: () => number;
  #afterMs: number;
  dueAt: number;

  constructor(ask: () => Promise<void>, afterMs: number, now: () => number) {
    this.#ask = ask;
    this.#now = now;
    this.#afterMs = afterMs;
    this.dueAt = now() + afterMs;
  }

  runWhenDue(onDone: () => void, next: (afterMs: number) => number): void {
    if (this.#now() < this.dueAt) return;
    this.dueAt = Number.POSITIVE_INFINITY;
    void this.#ask().finally(() => {
      this.#afterMs = next(this.#afterMs);
      this.dueAt = this.#now() + this.#afterMs;
      onDone();
    });
  }
}
