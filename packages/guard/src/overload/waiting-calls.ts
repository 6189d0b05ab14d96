type Start = () => boolean;

/** Calls that wait for a place, first come, first served. Those that gave up are passed over. */
export class WaitingCalls {
  #starts: Start[] = [];
  #first = 0;
  #gaveUp = 0;

  /** Without those that gave up. */
  get count(): number {
    return this.#starts.length - this.#first - this.#gaveUp;
  }

  /** With them, until it would have been their turn. */
  get kept(): number {
    return this.#starts.length - this.#first;
  }

  add(start: Start): void {
    this.#starts.push(start);
  }

  giveUp(): void {
    this.#gaveUp += 1;
  }

  /** Starts the next one that still wants to; false where there is none. */
  startNext(): boolean {
    while (this.#first < this.#starts.length) {
      const start = this.#starts[this.#first];
      this.#first += 1;
      this.#trim();
      if (start?.() === true) return true;
      this.#gaveUp -= 1;
    }
    return false;
  }

  #trim(): void {
    if (this.#first < 64 || this.#first * 2 < this.#starts.length) return;
    this.#starts = this.#starts.slice(this.#first);
    this.#first = 0;
  }
}
