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
 * Microseconds by the clock for one call and its answer, one call at a time; a round should take 5 ms or more. Not the
 * processor time of the thread: it moves on in ticks of up to 4 ms, as long as a whole round of the quickest calls.
 * The median over rounds leaves out those in which the machine did something else.
 */
export function microsecondsPerCall(calls: number, call: () => PromiseLike<unknown>): Contender {
  return async () => {
    const begunAt = performance.now();
    for (let made = 0; made < calls; made++) await call();
    return ((performance.now() - begunAt) * 1_000) / calls;
  };
}

const sliceLength = 250;

/**
 * Microseconds by the clock for one of `items`: the median of slices of 250, so that one in which the machine did
 * something else, or garbage was collected, is one of many. For rounds of a few milliseconds, which the processor
 * time of a thread cannot measure: it moves on in ticks of up to 4 ms.
 */
export function microsecondsBySlices<Item>(items: readonly Item[], work: (item: Item) => void): number {
  const figures: number[] = [];
  for (let start = 0; start < items.length; start += sliceLength) {
    const slice = items.slice(start, start + sliceLength);
    const begunAt = performance.now();
    for (const item of slice) work(item);
    figures.push(((performance.now() - begunAt) * 1_000) / slice.length);
  }
  return median(figures);
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
