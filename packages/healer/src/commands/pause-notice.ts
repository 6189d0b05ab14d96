import type { FleetFacts } from '@prunella/core';
import type { CommandIo } from './command.ts';
import { coloursFor, printable, timeText } from './output.ts';

/** Above everything else: a pause that was forgotten looks like a healer that has nothing to do. */
export function printPause(paused: FleetFacts['paused'], io: CommandIo): void {
  if (paused === null) return;
  const { by, at, reason } = paused;
  const why = reason === '' ? 'no reason was given' : reason;
  const text = `ALL REPAIRS PAUSED by ${by} since ${timeText(at)}: ${why}; \`prunella resume\` lifts it`;
  io.stdout.write(`${coloursFor(io.stdout, io.environment).red(printable(text))}\n\n`);
}
