import { parseArgs } from 'node:util';

export interface SimulateOptions {
  readonly what: 'seeds' | 'innocent' | 'mutants';
  readonly seeds: number;
  readonly from: number;
  /** One seed, with its story. */
  readonly seed: number | null;
  readonly json: boolean;
  readonly write: boolean;
}

export const help = `Usage: npm run simulate -- [WHAT] [OPTIONS]

Lives simulated hours around outages, each from a seed, and holds every one to the rules. A seed that breaks a
rule is shrunk, and printed with the command that repeats it.
Exit status: 0 no rule broken, 1 a rule broken, 2 wrong usage.

What
  seeds      hours with at least one outage (the default)
  innocent   hours in which no repair is right: none may disrupt anything
  mutants    puts each known defect into the source and lives hours until a rule finds it; one uncaught fails

Options
  --seeds N   how many; of each kind for a mutant (default 1000)
  --from S    the first seed (default 1)
  --seed S    this one only, with its story
  --write     also writes packages/core/reports/WHAT.md
  --json      one JSON document
  --help      this text
`;

/** Throws a `TypeError` with a sentence for what it does not know. */
export function parseSimulateOptions(words: readonly string[]): SimulateOptions | 'help' {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      seeds: { type: 'string', default: '1000' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string' },
      json: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const [what = 'seeds', ...others] = positionals;
  if (others.length > 0) throw new TypeError(`One thing at a time: ${positionals.join(', ')} are too many.`);
  if (what !== 'seeds' && what !== 'innocent' && what !== 'mutants') {
    throw new TypeError(`Nothing is named ${what}. There is: seeds, innocent, mutants.`);
  }
  return {
    what,
    seeds: whole('--seeds', values.seeds, 1),
    from: whole('--from', values.from, 0),
    seed: values.seed === undefined ? null : whole('--seed', values.seed, 0),
    json: values.json,
    write: values.write,
  };
}

function whole(name: string, text: string, least: number): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= least && number < 2 ** 32) return number;
  throw new TypeError(`${name} ${text} is no whole number from ${least} to ${2 ** 32 - 1}.`);
}
