import { relative, resolve } from 'node:path';
import { isError, type Problem, renderProblem } from '@prunella/core';
import {
  offsetText,
  runScenario,
  type ScenarioDifference,
  type ScenarioRun,
  type TimelineLine,
  timelineOf,
} from '@prunella/core/scenario';
import { whyUnreadable } from '../configuration/read-text-file.ts';
import { ScenarioReader } from '../scenarios/files.ts';
import type { CommandIo, CommandModule } from './command.ts';
import { CommandFailure } from './failure.ts';
import { coloursFor, printable, writeJson } from './output.ts';

interface SimulateOptions {
  readonly json?: boolean;
  readonly all?: boolean;
}

export const simulateCommand: CommandModule = {
  name: 'simulate',
  register(program, io) {
    program
      .command('simulate')
      .description('live a scenario file in virtual time and tell what the healer would do; touches nothing')
      .argument('<file>', 'a scenario, such as playbooks/postgres.scenario.yaml')
      .option('--all', 'every change of what is seen, too')
      .option('--json', 'print JSON for programs')
      .addHelpText('after', '\nExit status: 0 it was lived, 2 the scenario or its playbooks cannot be used.')
      .action(async (file: string, options: SimulateOptions) => simulate(file, options, io));
  },
};

interface Story {
  readonly scenario: string;
  /** Whose clock the scenario goes by, and when it is `0s`, in ms since 1970. Null where it says nothing of it. */
  readonly clock: { readonly timeZone: string; readonly zeroAt: number } | null;
  readonly timeline: readonly TimelineLine[];
  /** Where it differs from what the scenario expects. */
  readonly differences: readonly ScenarioDifference[];
}

async function simulate(name: string, options: SimulateOptions, io: CommandIo): Promise<void> {
  const file = resolve(io.workingDirectory, name);
  const read = await new ScenarioReader().read(file).catch((error: unknown) => {
    throw unreadable(name, error);
  });
  const errors = read.problems.filter(isError);
  if (errors.length > 0) throw unusable(errors, io);
  const stories = read.scenarios.map(({ scenario, playbooks }): Story => {
    const run = runScenario(scenario, playbooks);
    const { differences, problems } = run;
    if (problems.length > 0) throw unusable(problems, io);
    return {
      scenario: scenario.text.scenario,
      clock: clockOf(scenario.text.clock?.timeZone, run),
      timeline: timelineOf(run, options.all === true),
      differences,
    };
  });
  if (options.json === true) writeJson(io.stdout, { file, stories });
  else io.stdout.write(stories.map((story) => storyText(story, name, io)).join('\n'));
}

function clockOf(timeZone: string | undefined, { entries, settledMs }: ScenarioRun): Story['clock'] {
  const [first] = entries;
  if (timeZone === undefined || first === undefined) return null;
  return { timeZone, zeroAt: Math.round(first.clock - first.at + settledMs) };
}

/** What a clock on the wall shows, with its offset: an hour may come twice. */
function wallClock({ timeZone, zeroAt }: NonNullable<Story['clock']>): (atMs: number) => string {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'longOffset',
  });
  return (atMs) => {
    const parts = new Map(format.formatToParts(zeroAt + atMs).map(({ type, value }) => [type, value]));
    const offset = parts.get('timeZoneName')?.replace('GMT', '') || '+00:00';
    return `${parts.get('weekday')} ${parts.get('hour')}:${parts.get('minute')} ${offset}  `;
  };
}

function storyText({ scenario, clock, timeline, differences }: Story, file: string, io: CommandIo): string {
  const { bold, faint, yellow } = coloursFor(io.stdout, io.environment);
  const shown = clock === null ? () => '' : wallClock(clock);
  const lines = timeline.map(({ atMs, of, resource, text }) => {
    const line = `${offsetText(atMs).padStart(8)}  ${shown(atMs)}${resource === null ? '' : `${resource}: `}${printable(text)}`;
    return of === 'world' ? faint(line) : line;
  });
  const end =
    differences.length === 0
      ? []
      : [
          yellow(
            `  differs from what it expects (${differences.length}); which, and how: prunella test ${file}`,
          ),
        ];
  return `${[bold(printable(scenario)), ...lines, ...end].join('\n')}\n`;
}

function unreadable(file: string, error: unknown): CommandFailure {
  return new CommandFailure(
    2,
    'scenario-unreadable',
    `${file} ${whyUnreadable(error)}`,
    'name a scenario file',
  );
}

function unusable(problems: readonly Problem[], io: CommandIo): CommandFailure {
  const texts = problems.map((problem) => {
    const file = relative(io.workingDirectory, problem.file);
    return renderProblem(file.startsWith('..') ? problem : { ...problem, file });
  });
  return new CommandFailure(2, 'scenario-invalid', texts.join('\n'), null);
}
