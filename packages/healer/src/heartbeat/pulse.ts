import type { Clock } from '../engine/clock.ts';

export interface PulseOptions {
  readonly clock: Clock;
  /** Looked at after each cycle, so that a reload may change it. */
  readonly everyMs: () => number;
  /** Resolves when the engine has decided something and its store has taken a write; rejects where not. */
  readonly cycle: () => Promise<void>;
  readonly onHealthy: () => void;
  /** Told once, until it is healthy again. */
  readonly onUnhealthy: (error: unknown) => void;
}

/** After a cycle that failed. */
const againAfterMs = 5_000;
/** A cycle that takes longer is none. */
const cycleTimeoutMs = 10_000;

/**
 * Whether the healer works, found out by working: in each cycle the engine decides something, however idle, and the
 * store writes. A healer that merely answers may have an engine that hangs, or a disk that takes nothing.
 */
export class Pulse {
  readonly #options: PulseOptions;
  #isHealthy = false;
  #lastHealthyAt: number | null = null;
  #cancel: () => void = () => {};
  /** When the next look is, by the clock; null while one is being made, and before the first. */
  #nextAt: number | null = null;
  #cycling: Promise<void> | null = null;
  #isDoubted = false;
  #wasTold = false;
  #stopped = false;

  constructor(options: PulseOptions) {
    this.#options = options;
  }

  get isHealthy(): boolean {
    return this.#isHealthy && !this.#stopped;
  }

  /** Ms since the Unix epoch; null before the first. */
  get lastHealthyAt(): number | null {
    return this.#lastHealthyAt;
  }

  /** Resolves after the first cycle, whatever became of it. */
  start(): Promise<void> {
    return this.#run();
  }

  /** Something failed: looks at once, and not only after the rest of the cycle. */
  doubt(): void {
    this.#isHealthy = false;
    this.#isDoubted = true;
    if (this.#cycling !== null || this.#stopped) return;
    const delayMs = Math.min(againAfterMs, this.#options.everyMs());
    const remainingMs = (this.#nextAt ?? Number.POSITIVE_INFINITY) - this.#options.clock.now();
    // What fails again and again must not put the look off again and again.
    if (remainingMs > delayMs || remainingMs < 0) this.#next(delayMs);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  #run(): Promise<void> {
    this.#cycling ??= this.#cycle().finally(() => {
      this.#cycling = null;
      const everyMs = this.#options.everyMs();
      if (!this.#stopped) this.#next(this.#isHealthy ? everyMs : Math.min(againAfterMs, everyMs));
    });
    return this.#cycling;
  }

  async #cycle(): Promise<void> {
    const { clock, cycle, onHealthy, onUnhealthy } = this.#options;
    this.#isDoubted = false;
    this.#nextAt = null;
    try {
      await inTime(cycle(), clock);
      if (this.#stopped) return;
      this.#lastHealthyAt = clock.now();
      this.#isHealthy = !this.#isDoubted;
      this.#wasTold = false;
      onHealthy();
    } catch (error) {
      this.#isHealthy = false;
      if (this.#wasTold || this.#stopped) return;
      this.#wasTold = true;
      onUnhealthy(error);
    }
  }

  #next(delayMs: number): void {
    const { clock } = this.#options;
    this.#cancel();
    this.#nextAt = clock.now() + delayMs;
    this.#cancel = clock.after(delayMs, () => {
      void this.#run();
    });
  }
}

function inTime(work: Promise<void>, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(cycleTimeoutMs, () => {
      reject(new Error(`the engine did not decide and write within ${cycleTimeoutMs / 1_000} s`));
    });
    work.then(resolve, reject).finally(cancel);
  });
}
