import { type Signal, signal } from '@preact/signals';
import type { Explanation } from '@prunella/core';
import { HealerProblem, sentenceOf } from '../../api/problem.ts';
import { askExplanation, askResource, type ResourceDetail } from '../../api/resources.ts';
import { serverClock } from '../../api/server-clock.ts';
import { onLogEntry } from '../../live/fleet.ts';
import { Refresher } from '../../live/refresher.ts';

const refreshLeastMs = 700;
/** Ages of instances change without an entry of the log. */
const quietRefreshMs = 5_000;
const instancesMore = 100;
/** As many as the healer tells at once. */
const instancesMost = 500;

interface Told {
  readonly detail: ResourceDetail;
  readonly explanation: Explanation | null;
  /** When it was told, by the healer's clock. */
  readonly at: number;
}

/** One resource, asked for anew whenever its log has something new. */
export class ResourceState {
  readonly told: Signal<Told | null> = signal(null);
  readonly problem = signal<string | null>(null);
  /** How many instances are asked for. */
  readonly limit = signal(instancesMore);
  readonly resource: string;
  readonly #stopping = new AbortController();
  readonly #refresher = new Refresher(() => this.#ask(), refreshLeastMs);
  readonly #ends: (() => void)[] = [];

  constructor(resource: string) {
    this.resource = resource;
  }

  start(): void {
    const quiet = setInterval(() => this.#refresher.ask(), quietRefreshMs);
    const end = onLogEntry(({ resource }) => {
      if (resource === this.resource) this.#refresher.ask();
    });
    this.#ends.push(end, () => clearInterval(quiet));
    this.#refresher.ask();
  }

  stop(): void {
    this.#stopping.abort();
    this.#refresher.stop();
    for (const end of this.#ends.splice(0)) end();
  }

  get canTellMore(): boolean {
    return this.limit.value < instancesMost;
  }

  tellMore(): void {
    this.limit.value = Math.min(instancesMost, this.limit.peek() + instancesMore);
    this.#refresher.ask();
  }

  async #ask(): Promise<void> {
    const { signal } = this.#stopping;
    try {
      const [detail, explanation] = await Promise.all([
        askResource(this.resource, this.limit.peek(), signal),
        askExplanation(this.resource, signal),
      ]);
      this.told.value = { detail, explanation, at: serverClock.now() };
      this.problem.value = null;
    } catch (error) {
      if (signal.aborted) return;
      const isGone = error instanceof HealerProblem && error.status === 404;
      this.problem.value = isGone
        ? 'The healer knows none of this name: the configuration may have left it out, or the address is wrong.'
        : sentenceOf(error);
    }
  }
}
