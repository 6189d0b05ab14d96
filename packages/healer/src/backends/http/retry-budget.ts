/** Requests that may be sent again in a minute, so that a healer never multiplies the trouble of another program. */
export class RetryBudget {
  readonly #perMinute: number;
  readonly #now: () => number;
  #spent: number[] = [];

  /** `now` in ms, from any start. */
  constructor(perMinute: number, now: () => number) {
    this.#perMinute = perMinute;
    this.#now = now;
  }

  /** True where one more may be sent, which is then counted. */
  take(): boolean {
    const now = this.#now();
    // Later than now: the clock was set back.
    this.#spent = this.#spent.filter((at) => at <= now && now - at < 60_000);
    if (this.#spent.length >= this.#perMinute) return false;
    this.#spent.push(now);
    return true;
  }
}
