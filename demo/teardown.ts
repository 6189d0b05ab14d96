/** Ends what was started, the last first, also where starting broke off in the middle. */
export class Teardown {
  readonly #steps: (() => Promise<unknown>)[] = [];

  add(step: () => Promise<unknown>): void {
    this.#steps.push(step);
  }

  /** What fails does not keep the rest from ending; what is added meanwhile is ended, too. */
  async run(): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      await step().catch(() => {});
    }
  }
}
