/**
 * What a handle has promised and not yet kept. A missed deadline ends it, maybe before the function has come to
 * await it, as where it began two things and awaits them one after the other; a rejection that nobody handles
 * would then end the process.
 */
export class PendingAnswers {
  readonly #pending = new Set<Promise<unknown>>();

  follow<Result>(work: () => Promise<Result>): Promise<Result> {
    let answer: Promise<Result> | undefined;
    const settled = async () => {
      try {
        return await work();
      } finally {
        if (answer !== undefined) this.#pending.delete(answer);
      }
    };
    answer = settled();
    this.#pending.add(answer);
    return answer;
  }

  /** Before they are rejected by the call's missed deadline. */
  abandon(): void {
    for (const answer of this.#pending) answer.catch(() => {});
    this.#pending.clear();
  }
}
