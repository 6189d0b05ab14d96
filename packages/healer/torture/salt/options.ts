import { parseArgs } from 'node:util';

export interface RacesCommand {
  readonly orders: number;
  readonly minions: number;
  readonly defect: boolean;
  readonly json: boolean;
}

export const help = `Usage: npm run salt-races -- [OPTIONS]

Sends the orders of many incidents at the same moment to a real Salt (master, salt-api, several minion processes) and
breaks it meanwhile: a minion is killed in the middle of an order, salt-api and the master are killed and started
again, the master's job cache is cleared. Then holds what was really applied to the rules: nothing is applied twice,
what is called succeeded was applied, what is called failed or never sent was not, an order that comes a second time
is answered from the minion's record, and every outcome says why. Takes about three minutes.
Exit status: 0 no rule broken, 1 a rule broken, 2 wrong usage, 130 interrupted.

Options
  --orders N    incidents, with one order each at a time (default 50)
  --minions N   minion processes (default 5)
  --defect      without prunella.apply on the minions, to prove that the rules can fail; the run then fails
  --json        one JSON document
  --help        this text
`;

/** Throws a `TypeError` with a sentence for what it does not know. */
export function parseRacesOptions(words: readonly string[]): RacesCommand | 'help' {
  const { values } = parseArgs({
    args: [...words],
    options: {
      orders: { type: 'string', default: '50' },
      minions: { type: 'string', default: '5' },
      defect: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  return {
    orders: whole('--orders', values.orders, 1, 90),
    minions: whole('--minions', values.minions, 1, 20),
    defect: values.defect,
    json: values.json,
  };
}

function whole(name: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= least && number <= most) return number;
  throw new TypeError(`${name} ${text} is no whole number from ${least} to ${most}.`);
}
