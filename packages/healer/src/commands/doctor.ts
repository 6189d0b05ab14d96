import { parseDuration } from '@prunella/core';
import { examine } from '../doctor/examination.ts';
import type { Finding } from '../doctor/finding.ts';
import { silenceSqliteWarning } from '../store/sqlite-warning.ts';
import type { CommandIo, CommandModule } from './command.ts';
import { configurationOption, presentConfigurationFile } from './connection.ts';
import { CommandFailure } from './failure.ts';
import { coloursFor, printable, writeJson } from './output.ts';

interface DoctorOptions {
  readonly timeout: string;
  readonly config?: string;
  readonly json?: boolean;
}

export const doctorCommand: CommandModule = {
  name: 'doctor',
  register(program, io) {
    program
      .command('doctor')
      .description(
        'look at everything that prunella.yaml names (store, disk, clock, healer, backends, probes) and change nothing',
      )
      .option('--timeout <duration>', 'how long backends may take to answer', '30s')
      .addOption(configurationOption())
      .option('--json', 'print JSON for programs')
      .addHelpText(
        'after',
        '\nRun it as the user of the healer, beside it or without it.\n\nExit status: 0 no problem was found (there may be warnings), 1 at least one problem, 2 wrong usage or configuration.',
      )
      .action(async (options: DoctorOptions) => tell(options, io));
  },
};

async function tell(options: DoctorOptions, io: CommandIo): Promise<void> {
  const timeoutMs = parseDuration(options.timeout);
  if (timeoutMs === null || timeoutMs < 100 || timeoutMs > 600_000) {
    throw new CommandFailure(
      2,
      'wrong-timeout',
      `--timeout ${options.timeout} is no duration between 100ms and 10m`,
      'write it as 30s',
    );
  }
  const file = await presentConfigurationFile(options.config, io);
  silenceSqliteWarning();
  const signal = AbortSignal.any([io.interrupted, AbortSignal.timeout(timeoutMs)]);
  const { configured, findings } = await examine(file, io.environment, signal, Date.now);
  if (options.json === true) writeJson(io.stdout, { ok: !findings.some(isProblem), findings });
  else print(findings, configured, io);
  if (!configured) io.setExitCode(2);
  else if (findings.some(isProblem)) io.setExitCode(1);
}

function isProblem({ state }: Finding): boolean {
  return state === 'problem';
}

function print(findings: readonly Finding[], configured: boolean, io: CommandIo): void {
  const { red, yellow, green } = coloursFor(io.stdout, io.environment);
  const paint = { ok: green, warning: yellow, unknown: yellow, problem: red };
  const width = Math.max(0, ...findings.map(({ check }) => check.length));
  for (const finding of findings) {
    const label = paint[finding.state](finding.state.padEnd('warning'.length));
    io.stdout.write(`${label}  ${finding.check.padEnd(width)}  ${printable(finding.what)}\n`);
    if (finding.state === 'ok') continue;
    const indent = ' '.repeat('warning'.length + width + 4);
    io.stdout.write(
      `${indent}why:  ${printable(finding.why)}\n${indent}do:   ${printable(finding.remedy)}\n`,
    );
  }
  if (!configured) {
    io.stdout.write('The configuration cannot be used, so nothing else was looked at.\n');
  }
  const counts = (['ok', 'warning', 'unknown', 'problem'] as const)
    .map((state) => ({ state, count: findings.filter((finding) => finding.state === state).length }))
    .filter(({ count, state }) => count > 0 || state === 'problem')
    .map(({ state, count }) => `${count} ${state}`);
  io.stdout.write(`${counts.join(', ')}\n`);
}
