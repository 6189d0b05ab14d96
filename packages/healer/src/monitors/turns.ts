/** Lets only so many run at one moment; the others wait in the order in which they came. */
export class Turns {
  readonly #most: number;
  #waiting: (() => void)[] = [];
  #running = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Does nothing where the signal aborts before its turn. */
  async take(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
    if (signal.aborted || !(await this.#turn(signal))) return;
    try {
      await work();
    } finally {
      // The place goes over to the next, where one waits.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  #turn(signal: AbortSignal): Promise<boolean> {
    if (this.#running < this.#most) {
      this.#running += 1;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const leave = () => {
        this.#waiting = this.#waiting.filter((each) => each !== enter);
        resolve(false);
      };
      const enter = () => {
        signal.removeEventListener('abort', leave);
        resolve(true);
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.push(enter);
    });
  }
}
