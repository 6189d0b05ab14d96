import type { CommandIo } from './command.ts';
import { coloursFor, printable, timeText } from './output.ts';

/** Above everything else: who changed a playbook and sees no effect must learn why. */
export function printRefusedConfiguration(
  refused: { readonly at: number; readonly reason: string } | null,
  io: CommandIo,
): void {
  if (refused === null) return;
  const text = `THE CONFIGURATION THAT IS WRITTEN IS NOT IN FORCE, refused at ${timeText(refused.at)}: ${refused.reason}`;
  io.stdout.write(`${coloursFor(io.stdout, io.environment).red(printable(text))}\n\n`);
}
