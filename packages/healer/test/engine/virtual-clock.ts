import type { Clock } from '../../src/engine/clock.ts';
import { atRest } from '../../src/engine-conformance/at-rest.ts';

/** Time that passes only when a test says so. In between, all that needs none comes to its end. */
export class VirtualClock implements Clock {
  /** What timers go by. */
  #now: number;
  /** How far the clock on the wall was set forward or back against it. */
  #setByMs = 0;
  #timers: { readonly at: number; readonly callback: () => void }[] = [];

  constructor(now = 1_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now + this.#setByMs;
  }

  /** The clock on the wall is set; timers know nothing of it, as those of Node. Also a machine that was suspended. */
  async set(byMs: number): Promise<void> {
    this.#setByMs += byMs;
    await atRest();
  }

  /** Time passes and nothing runs, as in a process that was stopped; then all that is due runs, late. */
  async stall(byMs: number): Promise<void> {
    this.#now += byMs;
    await this.advance(0);
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, delayMs), callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  }

  get timers(): number {
    return this.#timers.length;
  }

  async advance(byMs: number): Promise<void> {
    const until = this.#now + byMs;
    await atRest();
    for (;;) {
      const [next] = this.#timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at);
      if (next === undefined) {
        break;
      }
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
      await atRest();
    }
    this.#now = until;
    await atRest();
  }
}
