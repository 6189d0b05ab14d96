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
  const program = createProgram(await loadCalled(words, entries), io, version, wantsJson(words));
  try {
    await program.parseAsync([...words], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) report(error, words, io);
    else if (error.exitCode === 0) io.setExitCode(0);
    else if (wantsJson(words) && error.code !== 'commander.help') report(misused(error), words, io);
    else io.setExitCode(2);
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

function createProgram(
  modules: readonly CommandModule[],
  io: CommandIo,
  version: string,
  asJson: boolean,
): CommanderCommand {
  const program = new CommanderCommand('prunella');
  program
    .description('Confirms what applications report, repairs under guardrails, verifies, explains.')
    .version(version)
    .exitOverride()
    .showHelpAfterError(asJson ? false : '(see --help)')
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      // A program that asked for JSON finds it where it looks for it.
      outputError: (text, write) => {
        if (!asJson) write(text);
      },
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  for (const module of modules) module.register(program, io);
  return program;
}

function wantsJson(words: readonly string[]): boolean {
  return words.includes('--json');
}

function misused({ message }: CommanderError): CommandFailure {
  return new CommandFailure(2, 'usage', message.replace(/^error: /, ''), 'see --help');
}

function report(error: unknown, words: readonly string[], io: CommandIo): void {
  const failure = asFailure(error);
  const { code, message, remedy } = failure;
  if (wantsJson(words)) {
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
