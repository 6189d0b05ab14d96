import type { Clock } from './clock.ts';

/** Between two looks at the clock where nothing else happens. */
const lookEveryMs = 5_000;
/** Longer between two looks, by the clock on the wall, and nobody was watching in between. */
const longestGapMs = 20_000;
/** Set back by more than this, and what is dated by it lies in the future. */
const longestStepBackMs = 5_000;

/**
 * Notices that time went by without us: the process was stopped or the machine suspended, the event loop was
 * blocked, or the clock was set.
 */
export class GapWatch {
  readonly #clock: Clock;
  #lookedAt: number;
  #cancelTimer: (() => void) | null = null;

  constructor(clock: Clock, onGap: () => void) {
    this.#clock = clock;
    this.#lookedAt = clock.now();
    const look = () => {
      this.#cancelTimer = clock.after(lookEveryMs, look);
      if (this.isGap()) onGap();
    };
    this.#cancelTimer = clock.after(lookEveryMs, look);
  }

  /** Whether there is one that was not taken yet. */
  isGap(): boolean {
    const passedMs = this.#clock.now() - this.#lookedAt;
    if (passedMs > longestGapMs || passedMs < -longestStepBackMs) return true;
    this.#lookedAt = this.#clock.now();
    return false;
  }

  /** How long nobody watched, in ms, negative where the clock was set back; null where there is no gap. */
  take(): number | null {
    if (!this.isGap()) return null;
    const now = this.#clock.now();
    const passedMs = now - this.#lookedAt;
    this.#lookedAt = now;
    return passedMs;
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }
}
