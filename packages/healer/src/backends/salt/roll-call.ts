import type { MinionReturn, SaltClient, SaltFunction, SaltTarget } from './client.ts';
import type { EventFeed } from './event-feed.ts';
import { followJob } from './follow-job.ts';
import type { HeardMinions } from './heard-minions.ts';
import { SaltError } from './salt-error.ts';

/** How long a minion may take to answer. */
const patienceMs = 5_000;

const ping: SaltFunction = { name: 'test.ping', args: [], kwargs: {} };

/** Who wants to know of state runs that minions began by themselves, of which the bus says nothing. */
export interface StateRunQuestion {
  /** False where the account may not ask. */
  readonly mayAsk: boolean;
  readonly function: SaltFunction;
  refused(): void;
  answered(returns: ReadonlyMap<string, MinionReturn>): void;
}

interface Called {
  /** Whom the master expects an answer of. */
  readonly minions: readonly string[];
  readonly answered: ReadonlySet<string>;
}

interface Waiting {
  readonly answer: Promise<Called>;
  readonly begin: () => Promise<void>;
}

/**
 * Finds out who answers, by one job: whoever says which state runs are under way there is there. A question that
 * still waits for its turn serves all that ask the same meanwhile, so that a hundred incidents of one minion do not
 * cost it a hundred processes; one that was sent already serves nobody else, since its answer may be of before.
 */
export class RollCall {
  readonly #client: SaltClient;
  readonly #feed: EventFeed;
  readonly #question: StateRunQuestion | null;
  readonly #heard: HeardMinions;
  readonly #atOnce: number;
  readonly #waiting = new Map<string, Waiting>();
  /** Targets that are being asked. */
  readonly #asked = new Set<string>();

  /** `atOnce`: questions to different targets at one moment. */
  constructor(
    client: SaltClient,
    feed: EventFeed,
    question: StateRunQuestion | null,
    heard: HeardMinions,
    atOnce: number,
  ) {
    this.#client = client;
    this.#feed = feed;
    this.#question = question;
    this.#heard = heard;
    this.#atOnce = atOnce;
  }

  /** Rejects with `SaltError`. */
  call(target: SaltTarget): Promise<Called> {
    const key = JSON.stringify([target.matcher, target.expression]);
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) return waiting.answer;
    const { promise: answer, resolve, reject } = Promise.withResolvers<Called>();
    const begin = () => this.#ask(target).then(resolve, reject);
    this.#waiting.set(key, { answer, begin });
    this.#beginNext();
    return answer;
  }

  #beginNext(): void {
    for (const [key, { begin }] of this.#waiting) {
      if (this.#asked.size >= this.#atOnce) return;
      if (this.#asked.has(key)) continue;
      this.#waiting.delete(key);
      this.#asked.add(key);
      void begin().finally(() => {
        this.#asked.delete(key);
        this.#beginNext();
      });
    }
  }

  async #ask(target: SaltTarget): Promise<Called> {
    await this.#client.ready();
    const release = await this.#feed.follow();
    try {
      const askedAt = this.#heard.now();
      const { job, isOfStateRuns } = await this.#start(target);
      if (job === null) return { minions: [], answered: new Set() };
      const now = () => performance.now();
      const until = now() + patienceMs;
      const { signal } = new AbortController();
      const times = { until, giveUpAfter: until, now, signal };
      const { returns } = await followJob(this.#client, this.#feed, job, { targets: job.minions, ...times });
      if (isOfStateRuns) this.#question?.answered(returns);
      this.#heard.take(returns.keys(), askedAt);
      return { minions: job.minions, answered: new Set(returns.keys()) };
    } finally {
      release();
    }
  }

  async #start(target: SaltTarget) {
    const question = this.#question;
    if (question?.mayAsk === true) {
      try {
        return { job: await this.#client.start(target, question.function), isOfStateRuns: true };
      } catch (error) {
        if (!(error instanceof SaltError) || error.code !== 'salt-forbidden') throw error;
        question.refused();
      }
    }
    return { job: await this.#client.start(target, ping), isOfStateRuns: false };
  }
}
