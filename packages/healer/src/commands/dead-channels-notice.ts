import type { CommandIo } from './command.ts';
import { coloursFor, printable, timeText } from './output.ts';

/** Who looks at an outage must know that others were not told of it. */
export function printDeadChannels(
  dead: readonly {
    readonly channel: string;
    readonly since: number | null;
    readonly error: string | null;
    readonly waiting: number;
  }[],
  io: CommandIo,
): void {
  const { red } = coloursFor(io.stdout, io.environment);
  for (const { channel, since, error, waiting } of dead) {
    const from = since === null ? '' : ` since ${timeText(since)}`;
    const why = error === null ? '' : `: ${error}`;
    const text = `NOBODY IS TOLD BY ${channel}${from} (${waiting} waiting)${why}`;
    io.stdout.write(`${red(printable(text))}\n`);
  }
  if (dead.length > 0) io.stdout.write('\n');
}
