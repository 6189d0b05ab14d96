import type { Answer } from './answer.ts';

export interface Wait {
  readonly answer: Promise<Answer>;
  /** The answer, where it is there already. */
  given(): Answer | null;
  forget(): void;
}

/** Results that somebody waits for, by attempt: bounded by the attempts in flight. */
export class Callbacks {
  readonly #waiting = new Map<string, { readonly action: string; readonly take: (answer: Answer) => void }>();

  /** Resolves with the first whole answer, or never; `forget` ends the wait. */
  wait(attempt: string, action: string): Wait {
    const { promise, resolve } = Promise.withResolvers<Answer>();
    let given: Answer | null = null;
    const take = (answer: Answer) => {
      given ??= answer;
      resolve(answer);
    };
    const entry = { action, take };
    this.#waiting.set(attempt, entry);
    return {
      answer: promise,
      given: () => given,
      forget: () => {
        if (this.#waiting.get(attempt) === entry) this.#waiting.delete(attempt);
      },
    };
  }

  /** The action whose order it is; null where nobody waits. */
  actionOf(attempt: string): string | null {
    return this.#waiting.get(attempt)?.action ?? null;
  }

  give(attempt: string, answer: Answer): void {
    this.#waiting.get(attempt)?.take(answer);
  }
}
