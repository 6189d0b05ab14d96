import { parseArgs } from 'node:util';
import { suites } from './suites.ts';

export interface BenchOptions {
  /** Undefined: list the suites. */
  readonly suite: string | undefined;
  readonly full: boolean;
  readonly json: boolean;
  readonly write: boolean;
}

export const list = `Suites
${suites.map(({ name, about }) => `  ${name.padEnd(12)} ${about}`).join('\n')}
`;

const needs = suites
  .flatMap(({ name, needs }) => (needs === undefined ? [] : [`${name}: ${needs}\n`]))
  .join('\n');

export const help = `Usage: npm run bench -- [SUITE] [OPTIONS]

Measures our figures and those of peers in one run, turn by turn, and puts each beside its peer and its bar.
Without a suite it lists them. Exit status: 0 all bars met, 1 a bar missed, a peer not to be had or a failure, 2 wrong usage.

${list}
${needs}
Options
  --full     as many calls as the bars were written for; takes minutes longer
  --write    also writes bench/results/SUITE.md
  --json     one JSON document instead of a table
  --help     this text
`;

/** Throws a `TypeError` with a sentence for what it does not know. */
export function parseBenchOptions(words: readonly string[]): BenchOptions | 'help' {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      full: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const [suite, ...others] = positionals;
  if (others.length > 0) throw new TypeError(`One suite at a time: ${positionals.join(', ')} are too many.`);
  const names = suites.map(({ name }) => name);
  if (suite !== undefined && !names.includes(suite)) {
    throw new TypeError(`No suite is named ${suite}. There is: ${names.join(', ')}.`);
  }
  return { suite, full: values.full, json: values.json, write: values.write };
}
