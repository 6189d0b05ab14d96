import { parseArgs } from 'node:util';

export interface MutationOptions {
  /** Null: all. */
  readonly sample: number | null;
  readonly seed: number;
  /** Parts of paths relative to `packages/core`; none: all files. */
  readonly files: readonly string[];
  readonly changed: boolean;
  readonly fresh: boolean;
  readonly survivors: boolean;
  readonly json: boolean;
  readonly write: boolean;
}

/** Of all mutants that were tried, in percent. */
export const barPercent = 90;

export const help = `Usage: npm run mutation -- [OPTIONS]

Mutation testing of packages/core/src without the simulator: each of Stryker's standard mutants is switched on in
turn, and the tests that reach it must fail. Prints the score of each room and what survived.
Results are kept in .local/mutation; a run that was stopped goes on where it was. All of it takes some three hours of
one core the first time; afterwards only what changed is tried again.
Exit status: 0 at ${barPercent} % or more and every explanation true, 1 below or not, 2 wrong usage, 130 stopped.

Options
  --sample N    a random sample of N mutants, with the 95 % confidence interval of the score
  --seed S      which sample (default 1)
  --file PATH   only files whose path has this in it: src/decide/, nearest.ts; may be repeated
  --changed     only files that differ from the last commit
  --survivors   also prints every survivor that is not explained
  --fresh       tries again what earlier runs found
  --write       also writes packages/core/reports/mutation.md
  --json        one JSON document
  --help        this text
`;

/** Throws a `TypeError` with a sentence for what it does not know. */
export function parseMutationOptions(words: readonly string[]): MutationOptions | 'help' {
  const { values } = parseArgs({
    args: [...words],
    options: {
      sample: { type: 'string' },
      seed: { type: 'string' },
      file: { type: 'string', multiple: true, default: [] },
      changed: { type: 'boolean', default: false },
      survivors: { type: 'boolean', default: false },
      fresh: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  if (values.seed !== undefined && values.sample === undefined) {
    throw new TypeError('--seed chooses a sample: give --sample N, too.');
  }
  if (values.write && (values.changed || values.file.length > 0)) {
    throw new TypeError('--write reports on the whole of core: leave out --file and --changed.');
  }
  return {
    sample: values.sample === undefined ? null : whole('--sample', values.sample, 1),
    seed: values.seed === undefined ? 1 : whole('--seed', values.seed, 0),
    files: values.file,
    changed: values.changed,
    survivors: values.survivors,
    fresh: values.fresh,
    json: values.json,
    write: values.write,
  };
}

function whole(name: string, text: string, least: number): number {
  const number = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(number) && number >= least) return number;
  throw new TypeError(`${name} ${text} is no whole number from ${least} up.`);
}
