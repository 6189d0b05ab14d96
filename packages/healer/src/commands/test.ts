import { relative, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { isError, type Problem, renderProblem } from '@prunella/core';
import { runScenario, type ScenarioDifference } from '@prunella/core/scenario';
import { loadConfiguration } from '../configuration/load.ts';
import { whyUnreadable } from '../configuration/read-text-file.ts';
import { type ScenarioFile, ScenarioReader, scenarioFiles } from '../scenarios/files.ts';
import type { CommandIo, CommandModule } from './command.ts';
import { configurationFile } from './connection.ts';
import { CommandFailure } from './failure.ts';
import { coloursFor, printable, writeJson } from './output.ts';

interface TestOptions {
  readonly config?: string;
  readonly json?: boolean;
}

export const testCommand: CommandModule = {
  name: 'test',
  register(program, io) {
    program
      .command('test')
      .description(
        'live the scenarios beside playbooks and compare them with what they expect; touches nothing',
      )
      .argument(
        '[paths...]',
        'scenario files (NAME.scenario.yaml) and folders; else the playbooks of prunella.yaml',
      )
      .option('--config <file>', 'configuration whose playbooks are meant')
      .option('--json', 'print JSON for programs')
      .addHelpText(
        'after',
        '\nExit status: 0 all is as expected, 1 something differs, 2 a scenario or a playbook cannot be used.',
      )
      .action(async (paths: string[], options: TestOptions) => test(paths, options, io));
  },
};

/** What came of one scenario. */
interface Outcome {
  readonly file: string;
  readonly scenario: string;
  readonly tookMs: number;
  readonly differences: readonly ScenarioDifference[];
  /** Why it could not be lived. */
  readonly errors: readonly Problem[];
}

async function test(paths: readonly string[], options: TestOptions, io: CommandIo): Promise<void> {
  const files = await meantFiles(paths, options, io);
  const reader = new ScenarioReader();
  const outcomes: Outcome[] = [];
  for (const file of files) {
    if (io.interrupted.aborted) break;
    const read = await reader.read(file).catch((error: unknown) => {
      throw unreadable(nearby(file, io), error);
    });
    outcomes.push(...outcomesOf(read));
  }
  const broken = outcomes.filter(({ errors }) => errors.length > 0).length;
  const differing = outcomes.filter(({ differences }) => differences.length > 0).length;
  if (options.json === true) writeJson(io.stdout, { ok: broken + differing === 0, scenarios: outcomes });
  else print(outcomes, io);
  if (broken > 0) io.setExitCode(2);
  else if (differing > 0) io.setExitCode(1);
}

function outcomesOf({ file, scenarios, problems }: ScenarioFile): readonly Outcome[] {
  const errors = problems.filter(isError);
  if (errors.length > 0) return [{ file, scenario: '', tookMs: 0, differences: [], errors }];
  return scenarios.map(({ scenario, playbooks }) => {
    const beganAt = performance.now();
    const run = runScenario(scenario, playbooks);
    const tookMs = Math.round(performance.now() - beganAt);
    const { differences, problems: errors } = run;
    return { file, scenario: scenario.text.scenario, tookMs, differences, errors };
  });
}

function print(outcomes: readonly Outcome[], io: CommandIo): void {
  const { red, green, yellow } = coloursFor(io.stdout, io.environment);
  for (const { file, scenario, tookMs, differences, errors } of outcomes) {
    const name = `${nearby(file, io)}${scenario === '' ? '' : `: ${printable(scenario)}`}`;
    if (errors.length > 0) {
      io.stdout.write(`${red('broken')}   ${name}\n`);
      for (const problem of errors)
        io.stdout.write(`  ${printable(renderProblem({ ...problem, file: nearby(problem.file, io) }))}\n`);
    } else if (differences.length > 0) {
      io.stdout.write(`${yellow('differs')}  ${name} (${tookMs} ms)\n`);
      for (const problem of differences) io.stdout.write(`  ${printable(differenceText(problem, io))}\n`);
    } else {
      io.stdout.write(`${green('ok')}       ${name} (${tookMs} ms)\n`);
    }
  }
  const differing = outcomes.filter(({ differences }) => differences.length > 0).length;
  const broken = outcomes.filter(({ errors }) => errors.length > 0).length;
  const scenarios = outcomes.length === 1 ? '1 scenario' : `${outcomes.length} scenarios`;
  io.stdout.write(`${scenarios}: ${differing} differ, ${broken} broken\n`);
}

/** `file:line:column: orders[0].at: expected 10m: restart ran at 12m3s`. */
function differenceText(difference: ScenarioDifference, io: CommandIo): string {
  const { file, line, column, expectation, text, message } = difference;
  const expected = text === '' ? '' : `expected ${text}: `;
  return `${nearby(file, io)}:${line}:${column}: ${expectation}: ${expected}${message}`;
}

async function meantFiles(
  paths: readonly string[],
  options: TestOptions,
  io: CommandIo,
): Promise<readonly string[]> {
  const named = paths.length > 0 ? paths : await configuredPaths(options, io);
  const files: string[] = [];
  for (const path of named) {
    try {
      files.push(...(await scenarioFiles(resolve(io.workingDirectory, path))));
    } catch (error) {
      throw unreadable(path, error);
    }
  }
  if (files.length > 0) return [...new Set(files)];
  throw new CommandFailure(
    2,
    'no-scenarios',
    `there is no scenario in ${named.join(', ')}`,
    'write NAME.scenario.yaml beside the playbooks, or name one',
  );
}

function unreadable(path: string, error: unknown): CommandFailure {
  const message = `${path} ${whyUnreadable(error)}`;
  return new CommandFailure(2, 'scenario-unreadable', message, 'name a scenario file or a folder');
}

async function configuredPaths(options: TestOptions, io: CommandIo): Promise<readonly string[]> {
  const file = await configurationFile(options.config, io);
  if (file === null) return ['playbooks'];
  const { configuration } = await loadConfiguration(file, io.environment);
  if (configuration !== null) return configuration.playbooks;
  throw new CommandFailure(
    2,
    'configuration-invalid',
    `${nearby(file, io)} cannot be used`,
    'prunella check says why',
  );
}

function nearby(file: string, io: CommandIo): string {
  const name = relative(io.workingDirectory, file);
  return name === '' || name.startsWith('..') ? file : name;
}
