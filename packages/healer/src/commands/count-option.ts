import { Option } from 'commander';
import { CommandFailure } from './failure.ts';

/** `--NAME <number>`: a whole number from 1 to 100,000. */
export function countOption(name: string, description: string): Option {
  return new Option(`--${name} <number>`, description).argParser((text) => {
    const number = Number(text);
    if (Number.isInteger(number) && number >= 1 && number <= 100_000) return number;
    const message = `--${name} must be a whole number from 1 to 100000, not ${text}`;
    throw new CommandFailure(2, 'usage', message, null);
  });
}
