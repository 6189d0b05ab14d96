import type { ActionResult, AttemptOrder } from '@prunella/core';
import type { Random } from '@prunella/core/simulate';
import type { ProbeOutcome } from '../src/probes/probe.ts';
import type { Question } from './messages.ts';
import { Target } from './target.ts';

export interface Applied {
  readonly order: AttemptOrder;
  readonly fenced: boolean;
}

/** Resources whose name begins so have targets that check fences. */
export const fencedPrefix = 'postgres/';

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/**
 * What lives outside the healer and outlives it: the resources with their targets, and the network between, which
 * delays orders, and doubles some of those that a target with fences can tell. It remembers what was really done.
 */
export class World {
  readonly applied: Applied[] = [];
  /** How often each attempt left a healer. */
  readonly sent = new Map<string, number>();
  readonly #up = new Map<string, boolean>();
  readonly #targets = new Map<string, Target>();
  readonly #random: Random;
  /** False: whatever is done, the resource stays as it was. */
  repairsHelp = true;

  constructor(resources: readonly string[], random: Random, ignoresFences: boolean) {
    this.#random = random;
    for (const resource of resources) {
      const fenced = resource.startsWith(fencedPrefix);
      this.#up.set(resource, true);
      this.#targets.set(
        resource,
        new Target({
          fenced,
          ignoresFences,
          perform: (order) => this.#perform(order, fenced),
          onApplied: (order) => this.applied.push({ order, fenced }),
        }),
      );
    }
  }

  isUp(resource: string): boolean {
    return this.#up.get(resource) ?? true;
  }

  break(resource: string): void {
    this.#up.set(resource, false);
  }

  /** By a person, past the healer. */
  mend(resource: string): void {
    this.#up.set(resource, true);
  }

  get allUp(): boolean {
    return ![...this.#up.values()].includes(false);
  }

  async answer(question: Question): Promise<unknown> {
    if ('probe' in question) return this.#probe(question.probe);
    if ('dispatch' in question) return this.#deliver(question.dispatch);
    const order = 'find' in question ? question.find : question.await;
    await sleep(this.#random.whole(0, 10));
    const target = this.#targets.get(order.resource);
    return 'find' in question ? target?.find(order) : target?.ended(order);
  }

  #probe(resource: string): ProbeOutcome {
    return this.isUp(resource)
      ? { passed: true, detail: 'answers' }
      : { passed: false, detail: 'connect ECONNREFUSED', kind: 'unreachable' };
  }

  async #deliver(order: AttemptOrder): Promise<ActionResult | undefined> {
    this.sent.set(order.attempt, (this.sent.get(order.attempt) ?? 0) + 1);
    const target = this.#targets.get(order.resource);
    const lateMs = this.#random.chance(0.2) ? this.#random.whole(50, 250) : this.#random.whole(0, 10);
    if (order.resource.startsWith(fencedPrefix) && this.#random.chance(0.3)) {
      const again = lateMs + this.#random.whole(1, 300);
      void sleep(again).then(() => target?.receive(order, Date.now()));
    }
    await sleep(lateMs);
    return target?.receive(order, Date.now());
  }

  async #perform(order: AttemptOrder, fenced: boolean): Promise<ActionResult> {
    const tookMs = this.#random.whole(1, 50);
    const fate = this.#random.next();
    await sleep(tookMs);
    // A tenth is done without anybody learning of it, a tenth fails.
    const outcome = fate < 0.1 ? 'unknown' : fate < 0.2 ? 'failed' : 'succeeded';
    if (outcome !== 'failed' && this.repairsHelp) this.#up.set(order.resource, true);
    const detail = `${outcome} after ${tookMs} ms`;
    return {
      outcome,
      summary: detail,
      targets: order.targets.map((id) => ({ id, outcome, detail, fenced })),
    };
  }
}
