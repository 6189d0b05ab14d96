/** One round of a contender; answers with its figure. */
export type Contender = () => Promise<number>;

/**
 * Measures contenders turn by turn, A B then B A, so that what else happens on the machine hits all of them.
 * Answers with the figures of each, round by round; figures of one round belong together. The first rounds only
 * warm up.
 */
export async function interleave<Name extends string>(
  contenders: Readonly<Record<Name, Contender>>,
  { rounds, warmUpRounds }: { readonly rounds: number; readonly warmUpRounds: number },
): Promise<Record<Name, number[]>> {
  const names = Object.keys(contenders) as Name[];
  const figures = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round < warmUpRounds + rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const figure = await contenders[name]();
      if (round >= warmUpRounds) figures[name].push(figure);
    }
  }
  return figures;
}

/**
 * Microseconds of this thread's processor time for one call and its answer, one call at a time. On a busy machine
 * the clock on the wall mostly measures the others. What the engine does on threads of its own (a part of garbage
 * collection, of compiling) is in neither contender's figure.
 */
export function microsecondsPerCall(calls: number, call: () => PromiseLike<unknown>): Contender {
  return async () => {
    const begunAt = process.threadCpuUsage();
    for (let made = 0; made < calls; made++) await call();
    const { user, system } = process.threadCpuUsage(begunAt);
    return (user + system) / calls;
  };
}

export function median(figures: readonly number[]): number {
  return percentile(figures, 50);
}

/** Nearest rank; NaN of nothing. */
export function percentile(figures: readonly number[], share: number): number {
  const sorted = figures.toSorted((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil((share / 100) * sorted.length) - 1)] ?? Number.NaN;
}

/** The median of what is found round by round, such as a difference or a share. */
export function medianOfPairs(
  left: readonly number[],
  right: readonly number[],
  compare: (left: number, right: number) => number,
): number {
  return median(left.map((figure, round) => compare(figure, right[round] ?? Number.NaN)));
}
