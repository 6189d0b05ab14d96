import { blamesResource, type Condition, type FaultKind, type ResourceCondition } from '@prunella/protocol';

/** The guard's window; with fewer calls than one in it, the newest call alone counts. */
const windowMs = 10_000;

interface Outcome {
  readonly at: number;
  readonly failed: boolean;
}

/** What a guard makes of the outcomes of its calls, by the guard's own rules. */
export class GuardView {
  condition: Condition = 'unknown';
  readonly #windowMs: number;
  #outcomes: Outcome[] = [];
  #since: number;
  #firstFaultAt: number | null = null;
  #lastSuccessAt: number | null = null;
  #kind: FaultKind | null = null;
  #successes = 0;
  readonly #faults: Partial<Record<FaultKind, number>> = {};

  constructor(now: number, callEveryMs: number) {
    this.#since = now;
    this.#windowMs = Math.max(windowMs, callEveryMs / 2);
  }

  /** Null for a success. True where condition or kind has changed. */
  note(kind: FaultKind | null, now: number): boolean {
    if (kind !== null) this.#faults[kind] = (this.#faults[kind] ?? 0) + 1;
    // Counted, and nobody's sickness.
    if (kind !== null && !blamesResource(kind)) return false;
    if (kind === null) this.#noteSuccess(now);
    else this.#noteFault(now);
    const condition = this.#judge();
    const isSick = condition !== 'ok';
    const shown = isSick ? (kind ?? this.#kind) : null;
    const changed = condition !== this.condition || shown !== this.#kind;
    if (condition !== this.condition) this.#since = now;
    if (!isSick) this.#firstFaultAt = null;
    this.condition = condition;
    this.#kind = shown;
    return changed;
  }

  say(resource: string, now: number): ResourceCondition {
    return {
      resource,
      condition: this.condition,
      sinceMs: now - this.#since,
      successes: this.#successes,
      faults: { ...this.#faults },
      ...(this.#firstFaultAt === null ? {} : { firstFaultAgeMs: now - this.#firstFaultAt }),
      ...(this.#lastSuccessAt === null ? {} : { lastSuccessAgeMs: now - this.#lastSuccessAt }),
      ...(this.#kind === null ? {} : { lastFaultKind: this.#kind, sample: `stand-in: ${this.#kind}` }),
    };
  }

  /** A success after the newest failure ends `down` at once: the trouble before it is over. */
  #noteSuccess(now: number): void {
    this.#successes += 1;
    this.#lastSuccessAt = now;
    if (this.condition === 'down') this.#outcomes = [];
    this.#keep({ at: now, failed: false });
  }

  #noteFault(now: number): void {
    this.#firstFaultAt ??= now;
    this.#keep({ at: now, failed: true });
  }

  #keep(outcome: Outcome): void {
    this.#outcomes = [...this.#outcomes.filter(({ at }) => at > outcome.at - this.#windowMs), outcome];
  }

  #judge(): Condition {
    const failures = this.#outcomes.filter(({ failed }) => failed).length;
    if (failures === 0) return 'ok';
    return failures === this.#outcomes.length ? 'down' : 'degraded';
  }
}
