import { relative, resolve } from 'node:path';
import {
  formatDuration,
  isError,
  type LogEntry,
  type Playbook,
  type Problem,
  parseDuration,
  renderProblem,
} from '@prunella/core';
import { type Backtest, backtest, type Difference } from '@prunella/core/backtest';
import { knownActions } from '../configuration/actions.ts';
import type { Configuration } from '../configuration/configuration.ts';
import {
  loadConfiguration,
  loadPlaybookFiles,
  loadPlaybooks,
  playbookContext,
  resourceFacts,
} from '../configuration/load.ts';
import { readRecordedLog } from '../store/read-log.ts';
import { silenceSqliteWarning } from '../store/sqlite-warning.ts';
import { StoreError } from '../store/store-error.ts';
import type { CommandIo, CommandModule } from './command.ts';
import { configurationOption, presentConfigurationFile } from './connection.ts';
import { CommandFailure } from './failure.ts';
import { coloursFor, printable, timeText, writeJson } from './output.ts';

interface BacktestOptions {
  readonly since: string;
  readonly config?: string;
  readonly json?: boolean;
}

export const backtestCommand: CommandModule = {
  name: 'backtest',
  register(program, io) {
    program
      .command('backtest')
      .description(
        'which decisions of the recorded log would differ under changed playbooks, and why; touches nothing',
      )
      .argument(
        '[files...]',
        'changed playbooks, in place of those with the same name; else those of prunella.yaml as they are now',
      )
      .option('--since <duration>', 'how far back to look', '30d')
      .addOption(configurationOption())
      .option('--json', 'print JSON for programs')
      .addHelpText(
        'after',
        '\nExit status: 0 it was told, whether or not something differs, 1 the store cannot be read, 2 wrong usage or playbooks.',
      )
      .action(async (files: string[], options: BacktestOptions) => tell(files, options, io));
  },
};

async function tell(files: readonly string[], options: BacktestOptions, io: CommandIo): Promise<void> {
  const spanMs = parseDuration(options.since);
  if (spanMs === null || spanMs === 0) {
    throw new CommandFailure(
      2,
      'wrong-since',
      `--since ${options.since} is no duration`,
      'write it as 30d or 12h',
    );
  }
  const configuration = await readConfiguration(options, io);
  const playbooks = await readPlaybooks(files, configuration, io);
  silenceSqliteWarning();
  const until = Date.now();
  const { entries, cut } = await readRecordedLog(configuration.store.folder, until - spanMs).catch(
    (error: unknown) => {
      if (error instanceof StoreError) throw new CommandFailure(1, error.code, error.message, null);
      throw error;
    },
  );
  const declared = new Map(resourceFacts(configuration).map((facts) => [facts.resource, facts]));
  const tested = backtest(entries, playbooks, {
    declared: (resource) => declared.get(resource) ?? { resource, nodes: [], labels: {} },
    fleetSettings: configuration.fleet,
    until,
  });
  if (options.json === true)
    writeJson(io.stdout, { since: options.since, entries: entries.length, cut, ...tested });
  else print(tested, entries, cut, io);
}

async function readConfiguration(options: BacktestOptions, io: CommandIo): Promise<Configuration> {
  const file = await presentConfigurationFile(options.config, io, 'it says where the log is');
  const { configuration, problems } = await loadConfiguration(file, io.environment);
  if (configuration !== null) return configuration;
  throw unusable('configuration-invalid', problems, io);
}

/** Those of the configuration; a file that is named takes the place of those with its playbooks' names. */
async function readPlaybooks(
  files: readonly string[],
  configuration: Configuration,
  io: CommandIo,
): Promise<readonly Playbook[]> {
  const actions = knownActions(configuration);
  const present = await loadPlaybooks(configuration, actions);
  if (files.length === 0) {
    if (present.problems.some(isError)) throw unusable('playbooks-invalid', present.problems, io);
    return present.playbooks;
  }
  const named = files.map((name) => resolve(io.workingDirectory, name));
  const changed = await loadPlaybookFiles(named, playbookContext(configuration, actions), null);
  if (changed.problems.some(isError)) throw unusable('playbooks-invalid', changed.problems, io);
  const names = new Set(changed.playbooks.map(({ name }) => name));
  return [...changed.playbooks, ...present.playbooks.filter(({ name }) => !names.has(name))];
}

function unusable(code: string, problems: readonly Problem[], io: CommandIo): CommandFailure {
  const texts = problems.filter(isError).map((problem) => {
    const file = relative(io.workingDirectory, problem.file);
    return renderProblem(file.startsWith('..') ? problem : { ...problem, file });
  });
  return new CommandFailure(2, code, texts.join('\n'), null);
}

function print(tested: Backtest, entries: readonly LogEntry[], cut: boolean, io: CommandIo): void {
  const { bold, faint, yellow } = coloursFor(io.stdout, io.environment);
  const first = entries[0];
  const last = entries.at(-1);
  const { differences, same, unowned } = tested;
  if (first === undefined || last === undefined) {
    io.stdout.write('The log has nothing from that time.\n');
    return;
  }
  const span = formatDuration(Math.floor((last.at - first.at) / 60_000) * 60_000);
  io.stdout.write(
    `${bold(`${same} decisions are the same, ${differences.length} differ`)} (${entries.length} log entries over ${span})\n`,
  );
  if (cut) io.stdout.write(`${yellow('older entries were left out: there are too many for one look')}\n`);
  for (const difference of differences) io.stdout.write(`${printable(differenceText(difference))}\n`);
  if (unowned.length > 0) io.stdout.write(`no playbook is for: ${printable(unowned.join(', '))}\n`);
  if (differences.length === 0) return;
  const note =
    'What came after a decision is as it was recorded: a repair that differs changes nothing here.';
  io.stdout.write(`${faint(note)}\n`);
}

function differenceText({ resource, what, step, recorded, replayed, why }: Difference): string {
  const at = timeText(recorded?.at ?? replayed?.at ?? 0);
  const about = step === null ? what : `${what} ${step}`;
  const change =
    replayed === null
      ? `not any more (then: ${recorded?.text ?? ''})`
      : recorded === null
        ? `now, and not then (${replayed.text})`
        : `now at ${timeText(replayed.at)}`;
  return `${at}  ${resource}: ${about}: ${change}\n  ${why}`;
}
