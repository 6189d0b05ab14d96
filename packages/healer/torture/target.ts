import type { ActionResult, AttemptOrder } from '@prunella/core';
import { compareFences, type Fence } from '@prunella/protocol';
import type { FoundAnswer } from './messages.ts';

interface Work {
  readonly order: AttemptOrder;
  readonly ended: Promise<ActionResult>;
  result: ActionResult | null;
}

export interface TargetOptions {
  /** Whether it checks what it is told, as the module on a Salt minion does; else it does whatever arrives. */
  readonly fenced: boolean;
  /** Fenced by name, but with the defect that it checks nothing. */
  readonly ignoresFences: boolean;
  readonly perform: (order: AttemptOrder) => Promise<ActionResult>;
  /** Called at the moment at which something is really done. */
  readonly onApplied: (order: AttemptOrder) => void;
}

/** One server that orders reach. It outlives every healer and remembers what it did. */
export class Target {
  readonly #options: TargetOptions;
  readonly #works = new Map<string, Work>();
  /** Attempts of which it has said that they never came: it must never do them. */
  readonly #disowned = new Set<string>();
  #newest: Fence | null = null;

  constructor(options: TargetOptions) {
    this.#options = options;
  }

  /** An order arrives, perhaps late and perhaps for the second time. */
  async receive(order: AttemptOrder, now: number): Promise<ActionResult> {
    if (this.#options.fenced && !this.#options.ignoresFences) {
      const known = this.#works.get(order.attempt);
      if (known !== undefined) return known.ended;
      if (this.#disowned.has(order.attempt)) return refused(order, 'it said that this order never came');
      if (this.#newest !== null && compareFences(order.fence, this.#newest) <= 0) {
        return refused(order, 'a newer order was here before');
      }
      if (now > order.notAfter) return refused(order, 'its time is over');
      this.#newest = order.fence;
    }
    this.#options.onApplied(order);
    const ended = this.#options.perform(order);
    const work: Work = { order, ended, result: null };
    this.#works.set(order.attempt, work);
    work.result = await ended;
    return work.result;
  }

  find(order: AttemptOrder): FoundAnswer {
    const work = this.#works.get(order.attempt);
    if (work?.result != null) return { found: 'ended', result: work.result };
    if (work !== undefined) return { found: 'running' };
    if (!this.#options.fenced) return { found: 'not-found', why: 'the target keeps no record of refusals' };
    this.#disowned.add(order.attempt);
    return { found: 'never-sent' };
  }

  /** The end of what `find` found running. */
  ended(order: AttemptOrder): Promise<ActionResult> | undefined {
    return this.#works.get(order.attempt)?.ended;
  }
}

function refused(order: AttemptOrder, detail: string): ActionResult {
  const targets = order.targets.map((id) => ({ id, outcome: 'refused', detail, fenced: true }) as const);
  return { outcome: 'failed', summary: `refused: ${detail}`, targets };
}
