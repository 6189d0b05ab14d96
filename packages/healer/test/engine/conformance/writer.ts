/** What one key is given to handle: written down by who sent it where `outboxId` is set. */
export interface Letter<Input> {
  readonly input: Input;
  /** Crossed off in the transaction that handles it. */
  readonly outboxId?: number;
  /** Told when it is on disk, or that it was refused and is forgotten; without one it is tried again. */
  readonly waiter?: { written(): void; failed(error: unknown): void };
}

/** One writer of one key: handles a letter at a time, in their order, each in a transaction of its own. */
export class Writer<Input, Kind extends Letter<Input>> {
  readonly #handle: (letter: Kind) => Promise<void>;
  readonly #after: (callback: () => void) => void;
  readonly #letters: Kind[] = [];
  #isBusy = false;
  #isOver = false;

  /** `handle` rejects where nothing was written; `after` calls back when it may be tried again. */
  constructor(handle: (letter: Kind) => Promise<void>, after: (callback: () => void) => void) {
    this.#handle = handle;
    this.#after = after;
  }

  post(letter: Kind): void {
    if (this.#isOver) letter.waiter?.failed(new Error('the engine is stopping'));
    else this.#letters.push(letter);
    void this.#work();
  }

  stop(): void {
    this.#isOver = true;
    for (const letter of this.#letters.splice(0)) letter.waiter?.failed(new Error('the engine is stopping'));
  }

  async #work(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    for (let letter = this.#letters.shift(); letter !== undefined; letter = this.#letters.shift()) {
      try {
        await this.#handle(letter);
        letter.waiter?.written();
      } catch (error) {
        if (letter.waiter !== undefined) letter.waiter.failed(error);
        else {
          this.#letters.unshift(letter);
          await new Promise<void>((resolve) => this.#after(resolve));
        }
      }
    }
    this.#isBusy = false;
  }
}
