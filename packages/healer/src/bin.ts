#!/usr/bin/env node
import type { CommandIo } from './commands/command.ts';
import { commandEntries } from './commands/index.ts';
import { nodeProblem } from './commands/node-version.ts';
import { stopOptimising } from './commands/optimising.ts';
import { runCommandLine } from './commands/run.ts';
import { systemTerminal } from './commands/system-terminal.ts';
import { packageVersion } from './healer/version.ts';
import { silenceSqliteWarning } from './store/sqlite-warning.ts';

const tooOld = nodeProblem(process.versions.node);
if (tooOld !== null) {
  process.stderr.write(`error: ${tooOld}\n`);
  process.exit(1);
}
silenceSqliteWarning();
if (process.argv[2] === 'up') stopOptimising();

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interruption.abort());
}
let outlivesOutput = false;
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // Nobody reads any more, or a disk is full: what runs on tells nobody, and goes on.
    if (outlivesOutput) return;
    if (error.code !== 'EPIPE') throw error;
    // `prunella incidents | head`: the reader has gone, and that is no fault.
    if (stream === process.stdout) process.exit(0);
  });
}

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
  outliveOutput() {
    outlivesOutput = true;
  },
  setExitCode(code) {
    process.exitCode = code;
  },
};

// What a command waits for need not keep a process alive (an unref'd socket, a deadline): it would end in the middle.
const underWay = setInterval(() => undefined, 2 ** 31 - 1);
try {
  await runCommandLine(process.argv.slice(2), commandEntries, io, packageVersion());
} finally {
  clearInterval(underWay);
}
