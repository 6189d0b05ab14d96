import { parseDuration } from '@prunella/core';
import { CommandFailure } from './failure.ts';

/** The value of an option such as `--for 2h`, in ms. */
export function durationOption(name: string, text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs !== null) return durationMs;
  throw new CommandFailure(
    2,
    'option-wrong',
    `--${name} ${text} is no duration`,
    `write it with its unit, such as --${name} 90s, --${name} 15m or --${name} 2h`,
  );
}
