import type { CommandIo, ExitCode } from '../../src/commands/command.ts';
import { commandEntries } from '../../src/commands/index.ts';
import { runCommandLine } from '../../src/commands/run.ts';

export interface CommandRun {
  readonly exitCode: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunSettings {
  readonly environment?: CommandIo['environment'];
  readonly workingDirectory?: string;
  readonly isTTY?: boolean;
}

/** Runs a command line as the program does, without a process of its own. */
export async function runCommand(words: readonly string[], settings: RunSettings = {}): Promise<CommandRun> {
  const { environment = {}, workingDirectory = '/', isTTY = false } = settings;
  let exitCode: ExitCode = 0;
  const texts = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof texts) => ({
    isTTY,
    write(text: string) {
      texts[name] += text;
    },
  });
  const io: CommandIo = {
    commands: commandEntries,
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    environment,
    workingDirectory,
    interrupted: new AbortController().signal,
    setExitCode(code) {
      exitCode = code;
    },
  };
  await runCommandLine(words, commandEntries, io, '1.2.3');
  return { exitCode, ...texts };
}
