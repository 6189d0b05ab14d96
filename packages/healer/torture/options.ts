import { parseArgs } from 'node:util';
import { type Defect, defects } from './defects.ts';

export interface TortureCommand {
  readonly kills: number;
  readonly seed: number;
  readonly defect: Defect | null;
  readonly json: boolean;
}

export const help = `Usage: npm run torture -- [OPTIONS]

Kills real healers with SIGKILL, on a real store and under load, at each named crash point and at random moments,
starts each again, and holds what is on disk and what was really done to the rules: nothing acknowledged is lost,
nothing is applied twice where fences are checked, every attempt ends in an outcome that is known or that a person
sees, the ledger adds up, and what was in progress goes on. A run that fails prints the command that repeats it.
Exit status: 0 no rule broken, 1 a rule broken, 2 wrong usage, 130 interrupted.

Options
  --kills N     how many (default 200)
  --seed S      of the load and the moments of the kills (default 1)
  --defect D    puts a defect in, to prove that it is caught; the run then fails:
${Object.entries(defects)
  .map(([name, text]) => `                  ${name.padEnd(19)} ${text}`)
  .join('\n')}
  --json        one JSON document
  --help        this text
`;

/** Throws a `TypeError` with a sentence for what it does not know. */
export function parseTortureOptions(words: readonly string[]): TortureCommand | 'help' {
  const { values } = parseArgs({
    args: [...words],
    options: {
      kills: { type: 'string', default: '200' },
      seed: { type: 'string', default: '1' },
      defect: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  return {
    kills: whole('--kills', values.kills, 1),
    seed: whole('--seed', values.seed, 0),
    defect: values.defect === undefined ? null : defectNamed(values.defect),
    json: values.json,
  };
}

function defectNamed(name: string): Defect {
  if (Object.hasOwn(defects, name)) return name as Defect;
  throw new TypeError(`No defect is named ${name}. There is: ${Object.keys(defects).join(', ')}.`);
}

function whole(name: string, text: string, least: number): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= least && number < 2 ** 32) return number;
  throw new TypeError(`${name} ${text} is no whole number from ${least} to ${2 ** 32 - 1}.`);
}
