const bucketCount = 10;

/** How many recent calls went well and badly, in ten buckets of time. */
export class Window {
  readonly #bucketMs: number;
  readonly #good = new Array<number>(bucketCount).fill(0);
  readonly #bad = new Array<number>(bucketCount).fill(0);
  #index = 0;
  #endsAt = Number.NEGATIVE_INFINITY;
  good = 0;
  bad = 0;

  constructor(windowMs: number) {
    this.#bucketMs = windowMs / bucketCount;
  }

  addGood(at: number): void {
    if (at >= this.#endsAt) this.forget(at);
    this.#good[this.#index] = (this.#good[this.#index] ?? 0) + 1;
    this.good++;
  }

  addBad(at: number): void {
    if (at >= this.#endsAt) this.forget(at);
    this.#bad[this.#index] = (this.#bad[this.#index] ?? 0) + 1;
    this.bad++;
  }

  clear(): void {
    this.#good.fill(0);
    this.#bad.fill(0);
    this.good = 0;
    this.bad = 0;
  }

  /** Drops what is older than the window. */
  forget(now: number): void {
    if (now < this.#endsAt) return;
    const passed = Math.floor((now - this.#endsAt) / this.#bucketMs) + 1;
    if (passed >= bucketCount) {
      this.clear();
      this.#endsAt = now + this.#bucketMs;
      return;
    }
    for (let step = 0; step < passed; step++) {
      this.#index = (this.#index + 1) % bucketCount;
      this.good -= this.#good[this.#index] ?? 0;
      this.bad -= this.#bad[this.#index] ?? 0;
      this.#good[this.#index] = 0;
      this.#bad[this.#index] = 0;
      this.#endsAt += this.#bucketMs;
    }
  }
}
