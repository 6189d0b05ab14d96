/**
 * Loads something anew whenever it is asked for, one load at a time and none sooner than `leastMs` after the begin
 * of the one before, or thrice the time that one took; what is asked for meanwhile is one more load.
 */
export class Refresher {
  readonly #load: () => Promise<void>;
  readonly #leastMs: number;
  #isWanted = false;
  #isBusy = false;
  #beganAt = Number.NEGATIVE_INFINITY;
  #tookMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(load: () => Promise<void>, leastMs: number) {
    this.#load = load;
    this.#leastMs = leastMs;
  }

  ask(): void {
    this.#isWanted = true;
    this.#next();
  }

  stop(): void {
    this.#isWanted = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #next(): void {
    if (!this.#isWanted || this.#isBusy || this.#timer !== undefined) return;
    const waitMs = Math.max(0, this.#beganAt + Math.max(this.#leastMs, 3 * this.#tookMs) - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#run();
    }, waitMs);
  }

  async #run(): Promise<void> {
    this.#isWanted = false;
    this.#isBusy = true;
    this.#beganAt = performance.now();
    try {
      await this.#load();
    } finally {
      this.#isBusy = false;
      this.#tookMs = performance.now() - this.#beganAt;
      this.#next();
    }
  }
}
