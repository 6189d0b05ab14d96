/** Lets one call at a time use a client, in the order of asking. */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #taken = false;
  /** The call whose turn it is missed its deadline, and the server has not answered yet. */
  overdue = false;

  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** Calls `start` when it is its turn; each must be ended with `pass`. Returns what gives up the wait. */
  take(start: () => void): () => void {
    if (!this.#taken) {
      this.#taken = true;
      start();
      return () => {};
    }
    this.#waiting.push(start);
    return () => {
      const index = this.#waiting.indexOf(start);
      if (index >= 0) this.#waiting.splice(index, 1);
    };
  }

  pass(): void {
    this.overdue = false;
    const next = this.#waiting.shift();
    this.#taken = next !== undefined;
    next?.();
  }
}
