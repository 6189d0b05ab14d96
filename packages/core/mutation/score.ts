import { type Explanation, explanations } from './explained.ts';
import type { Mutant } from './instrument.ts';
import { barPercent, type MutationOptions } from './options.ts';
import type { Outcome } from './try-mutants.ts';

export interface Counts {
  killed: number;
  timeout: number;
  survived: number;
  notReached: number;
  /** Refused by the compiler; in no score. */
  invalid: number;
  /** Of those that survived or were not reached. */
  explained: number;
}

export interface Survivor {
  readonly mutant: Mutant;
  readonly status: 'survived' | 'not-reached';
  readonly why: string | null;
}

export interface Judged {
  readonly mutants: number;
  readonly counts: Counts;
  readonly rooms: Readonly<Record<string, Counts>>;
  /** Of all that compile, in percent. */
  readonly score: number;
  /** The 95 % confidence interval of `score` where it comes from a sample. */
  readonly interval: readonly [number, number] | null;
  /** Of all that compile and are not explained, in percent. */
  readonly scoreWithoutExplained: number;
  readonly survivors: readonly Survivor[];
  /** Explanations that are wrong: of nothing, or of a mutant that was killed. */
  readonly falseExplanations: readonly string[];
  readonly seed: number | null;
  readonly passed: boolean;
}

/** How a mutant is named in the list of survivors and in the explanations. */
export const nameOf = ({ mutator, original, replacement }: Mutant): string =>
  `${mutator}: ${short(original)} -> ${short(replacement)}`;

const short = (text: string) => {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= 60 ? line : `${line.slice(0, 57)}...`;
};

const explains = (explanation: Explanation, mutant: Mutant) =>
  explanation.file === mutant.file &&
  explanation.line === mutant.lineText &&
  explanation.mutants.includes(nameOf(mutant));

export function judge(
  chosen: readonly Mutant[],
  outcomes: ReadonlyMap<Mutant, Outcome>,
  all: readonly Mutant[],
  options: Pick<MutationOptions, 'sample' | 'seed'>,
  known: readonly Explanation[] = explanations,
): Judged {
  const counts = noCounts();
  const rooms: Record<string, Counts> = {};
  const survivors: Survivor[] = [];
  for (const mutant of chosen) {
    const room = mutant.file.split('/').slice(0, 2).join('/');
    rooms[room] ??= noCounts();
    const status = outcomes.get(mutant)?.status ?? 'not-reached';
    const lives = status === 'survived' || status === 'not-reached';
    const why = lives ? (known.find((each) => explains(each, mutant))?.why ?? null) : null;
    for (const each of [counts, rooms[room]]) {
      if (each === undefined) continue;
      each[status === 'not-reached' ? 'notReached' : status] += 1;
      if (why !== null) each.explained += 1;
    }
    if (lives) survivors.push({ mutant, status, why });
  }
  const falseExplanations = falseOnes(known, all, outcomes);
  const score = scoreOf(counts);
  const scoreWithoutExplained = (100 * killedOf(counts)) / Math.max(1, mutantsOf(counts) - counts.explained);
  return {
    mutants: chosen.length,
    counts,
    rooms,
    score,
    interval: options.sample === null ? null : intervalOf(killedOf(counts), mutantsOf(counts)),
    scoreWithoutExplained,
    survivors,
    falseExplanations,
    seed: options.sample === null ? null : options.seed,
    passed: scoreWithoutExplained >= barPercent && falseExplanations.length === 0,
  };
}

function falseOnes(
  known: readonly Explanation[],
  all: readonly Mutant[],
  outcomes: ReadonlyMap<Mutant, Outcome>,
): readonly string[] {
  return known.flatMap((explanation) =>
    explanation.mutants.flatMap((name) => {
      const meant = all.filter((mutant) => nameOf(mutant) === name && explains(explanation, mutant));
      const where = `${explanation.file}: ${explanation.line}: ${name}`;
      if (meant.length === 0) return [`${where}: there is no such mutant`];
      const tried = meant.flatMap((mutant) => outcomes.get(mutant) ?? []);
      const killed = tried.filter(({ status }) => status === 'killed' || status === 'timeout');
      if (tried.length === meant.length && killed.length === tried.length) {
        return [`${where}: a test kills it (${killed[0]?.killedBy ?? 'timeout'})`];
      }
      return [];
    }),
  );
}

const noCounts = (): Counts => ({
  killed: 0,
  timeout: 0,
  survived: 0,
  notReached: 0,
  invalid: 0,
  explained: 0,
});
export const killedOf = ({ killed, timeout }: Counts): number => killed + timeout;
export const mutantsOf = (counts: Counts): number => killedOf(counts) + counts.survived + counts.notReached;
export const scoreOf = (counts: Counts): number => (100 * killedOf(counts)) / Math.max(1, mutantsOf(counts));

/** Wilson's score interval at 95 %, in percent. */
function intervalOf(killed: number, tried: number): readonly [number, number] {
  const z = 1.96;
  const share = killed / tried;
  const middle = share + z ** 2 / (2 * tried);
  const reach = z * Math.sqrt((share * (1 - share)) / tried + z ** 2 / (4 * tried ** 2));
  const whole = 1 + z ** 2 / tried;
  return [(100 * (middle - reach)) / whole, (100 * (middle + reach)) / whole];
}
