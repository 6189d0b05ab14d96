import { Command as CommanderCommand, CommanderError } from 'commander';
import type { CommandEntry, CommandIo, CommandModule } from './command.ts';
import { CommandFailure } from './failure.ts';
import { coloursFor, printable, writeJson } from './output.ts';

/**
 * Runs one command line, without the program's own name in front. Never rejects for what a command met: it is
 * printed and becomes the exit code.
 */
export async function runCommandLine(
  words: readonly string[],
  entries: readonly CommandEntry[],
  io: CommandIo,
  version: string,
): Promise<void> {
  const program = createProgram(await loadCalled(words, entries), io, version);
  try {
    await program.parseAsync([...words], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) io.setExitCode(error.exitCode === 0 ? 0 : 2);
    else report(error, words, io);
  }
}

/** The one command that is called by its name; all of them for the general help and for what is mistyped. */
function loadCalled(
  [first]: readonly string[],
  entries: readonly CommandEntry[],
): Promise<readonly CommandModule[]> {
  const called = entries.filter(({ name }) => name === first);
  return Promise.all((called.length > 0 ? called : entries).map((entry) => entry.load()));
}

function createProgram(modules: readonly CommandModule[], io: CommandIo, version: string): CommanderCommand {
  const program = new CommanderCommand('prunella');
  program
    .description('Confirms what applications report, repairs under guardrails, verifies, explains.')
    .version(version)
    .exitOverride()
    .showHelpAfterError('(see --help)')
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  for (const module of modules) module.register(program, io);
  return program;
}

function report(error: unknown, words: readonly string[], io: CommandIo): void {
  const failure = asFailure(error);
  const { code, message, remedy } = failure;
  if (words.includes('--json')) {
    writeJson(io.stdout, { error: { code, message, remedy } });
  } else {
    const { red } = coloursFor(io.stderr, io.environment);
    io.stderr.write(
      `${red('error:')} ${printable(message)}\n${remedy === null ? '' : `  ${printable(remedy)}\n`}`,
    );
  }
  io.setExitCode(failure.exitCode);
}

function asFailure(error: unknown): CommandFailure {
  if (error instanceof CommandFailure) return error;
  const message = error instanceof Error ? error.message : String(error);
  const remedy = 'this is a fault of prunella itself: please report it with what you did';
  return new CommandFailure(1, 'internal', message, remedy, { cause: error });
}
