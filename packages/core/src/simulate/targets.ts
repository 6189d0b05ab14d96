import type { AttemptOrder } from '../decide/command.ts';
import type { TargetOutcome } from '../decide/input.ts';
import type { Agenda } from './agenda.ts';
import type { WorldEntry } from './record.ts';
import type { Truth } from './truth.ts';

export interface TargetsOptions {
  readonly agenda: Agenda;
  readonly truth: Truth;
  /** Whether targets refuse what is overtaken, known already, or past its time. */
  readonly checksFences: boolean;
  /** Ms since the Unix epoch, by the targets' clocks. */
  readonly clock: () => number;
  /** How long a node is away after it was restarted. */
  readonly startingMs: number;
  readonly record: (entry: WorldEntry) => void;
}

/** The servers on which orders are carried out. */
export class Targets {
  readonly #options: TargetsOptions;
  readonly #highest = new Map<string, number>();
  readonly #done = new Map<string, TargetOutcome>();

  constructor(options: TargetsOptions) {
    this.#options = options;
  }

  apply(target: string, order: AttemptOrder): TargetOutcome {
    const { checksFences, record } = this.#options;
    const known = this.#done.get(`${target} ${order.attempt}`);
    // A repeated attempt is answered with what was recorded.
    if (checksFences && known !== undefined) return known;
    const why = checksFences ? this.#whyRefused(target, order) : null;
    if (why !== null) {
      record({ type: 'target-refused', target, attempt: order.attempt, why });
      return { id: target, outcome: 'refused', detail: why, fenced: true };
    }
    this.#highest.set(target, Math.max(this.#highest.get(target) ?? 0, order.fence.number));
    this.#change(target, order);
    const outcome: TargetOutcome = {
      id: target,
      outcome: 'succeeded',
      detail: order.action,
      fenced: checksFences,
    };
    this.#done.set(`${target} ${order.attempt}`, outcome);
    return outcome;
  }

  #whyRefused(target: string, order: AttemptOrder): string | null {
    const highest = this.#highest.get(target) ?? 0;
    if (order.fence.number <= highest) return `fence ${order.fence.number} was overtaken by ${highest}`;
    if (this.#options.clock() > order.notAfter) return 'it is past its time';
    return null;
  }

  #change(target: string, order: AttemptOrder): void {
    const { agenda, truth, checksFences, startingMs, record } = this.#options;
    const node = truth.atTarget(target);
    record({
      type: 'applied',
      target,
      attempt: order.attempt,
      effect: order.effect,
      fence: order.fence.number,
      checked: checksFences,
      notAfter: order.notAfter,
      targetClock: this.#options.clock(),
      wasWell: node !== undefined && node.fault === null,
    });
    if (node === undefined) return;
    const cured = node.cures.includes(order.effect) || node.cures.includes(order.step);
    if (order.effect !== 'disrupts') {
      if (cured) truth.set(node, null);
      return;
    }
    // A restart takes it away for a while, whatever was or was not wrong with it.
    const { fault, cures } = node;
    const story = truth.set(node, 'unreachable', cures);
    agenda.after(startingMs, 'world', () => {
      if (node.story !== story) return;
      if (cured) truth.set(node, null);
      else truth.set(node, fault, cures);
    });
  }
}
