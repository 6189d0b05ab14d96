#!/usr/bin/env node
import type { CommandIo } from './commands/command.ts';
import { commandEntries } from './commands/index.ts';
import { runCommandLine } from './commands/run.ts';
import { systemTerminal } from './commands/system-terminal.ts';
import { packageVersion } from './healer/version.ts';
import { silenceSqliteWarning } from './store/sqlite-warning.ts';

silenceSqliteWarning();

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interruption.abort());
}
// `prunella incidents | head`: the reader has gone, and that is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

const io: CommandIo = {
  get input() {
    // Opened only where somebody asks: it would keep the process alive.
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  workingDirectory: process.cwd(),
  interrupted: interruption.signal,
  terminal: systemTerminal(),
  commands: commandEntries,
  onHangUp(listener) {
    // At a terminal it says that the terminal is gone, and ends us as it ends any program.
    if (process.stdout.isTTY !== true) process.on('SIGHUP', listener);
  },
  setExitCode(code) {
    process.exitCode = code;
  },
};

await runCommandLine(process.argv.slice(2), commandEntries, io, packageVersion());
