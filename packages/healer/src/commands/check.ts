import { readdir, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { isError, type PlaybookContext, type Problem, renderProblem } from '@prunella/core';
import { allActions, argumentProblem, knownActions, openBackends } from '../configuration/actions.ts';
import type { Configuration } from '../configuration/configuration.ts';
import {
  loadConfiguration,
  loadPlaybookFiles,
  loadPlaybooks,
  loadPlaybooksOfBroken,
  playbookContext,
} from '../configuration/load.ts';
import { whyUnreadable } from '../configuration/read-text-file.ts';
import { ScenarioReader } from '../scenarios/files.ts';
import { isPlaybookFile, isScenarioFile } from '../scenarios/names.ts';
import type { CommandIo, CommandModule } from './command.ts';
import { configurationFile, configurationFileName, configurationOption } from './connection.ts';
import { CommandFailure } from './failure.ts';
import { coloursFor, printable, writeJson } from './output.ts';

interface CheckOptions {
  readonly config?: string;
  readonly json?: boolean;
}

export const checkCommand: CommandModule = {
  name: 'check',
  register(program, io) {
    program
      .command('check')
      .description(
        'check prunella.yaml and its playbooks, or the playbooks that are named; needs no running healer',
      )
      .argument(
        '[files...]',
        'playbooks and scenarios, or folders of them, to check instead of those that prunella.yaml names',
      )
      .addOption(configurationOption())
      .option('--json', 'print JSON for programs')
      .addHelpText('after', '\nExit status: 0 no errors (warnings are allowed), 1 errors, 2 wrong usage.')
      .action(async (files: string[], options: CheckOptions) => check(files, options, io));
  },
};

/** What has an error is left out of what is checked of all together. */
const moreLater =
  'More is checked once the errors are gone: which playbook owns a resource, `dependsOn`, targets and labels.';

interface Checked {
  readonly files: readonly string[];
  readonly problems: readonly Problem[];
  /** No mistake, and nothing that a person would want either. */
  readonly notes?: readonly string[];
}

const nobodyIsTold =
  'Nobody would be told: no channel stands under `notifications:` (e-mail, Slack, a webhook: docs/notifications.md).';

const mostFilesInFolder = 1_000;

async function check(words: readonly string[], options: CheckOptions, io: CommandIo): Promise<void> {
  const files = (await Promise.all(words.map((word) => meantBy(word, io)))).flat();
  const scenarios = files.filter(isScenarioFile);
  const others = files.filter((name) => !isScenarioFile(name));
  const onlyScenarios = scenarios.length > 0 && others.length === 0;
  const collected = onlyScenarios ? [] : [await collect(others, options, io)];
  const { files: read, problems } = withFiles(collected, await checkScenarios(scenarios, io));
  const notes = collected.flatMap((each) => each.notes ?? []);
  const errors = problems.filter(isError).length;
  if (options.json === true) {
    writeJson(io.stdout, { ok: errors === 0, files: read, problems, notes });
  } else {
    const colours = coloursFor(io.stdout, io.environment);
    for (const problem of problems) {
      const paint = isError(problem) ? colours.red : colours.yellow;
      io.stdout.write(`${paint(printable(renderProblem(nearby(problem, io))))}\n`);
    }
    const counts = `${count(read.length, 'file')}, ${count(errors, 'error')}, ${count(problems.length - errors, 'warning')}`;
    io.stdout.write(`${errors === 0 ? colours.green(counts) : counts}\n`);
    for (const note of notes) io.stdout.write(`${colours.yellow(note)}\n`);
    if (errors > 0 && !onlyScenarios) io.stdout.write(`${colours.faint(moreLater)}\n`);
  }
  if (errors > 0) io.setExitCode(1);
}

/** The file itself, or what is in the folder. What cannot be looked at is told when it is read. */
async function meantBy(word: string, io: CommandIo): Promise<readonly string[]> {
  const path = resolve(io.workingDirectory, word);
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) return [word];
  const names = (await readdir(path)).filter(
    (name) => name !== configurationFileName && (isPlaybookFile(name) || isScenarioFile(name)),
  );
  if (names.length > 0 && names.length <= mostFilesInFolder)
    return names.sort().map((name) => join(path, name));
  throw new CommandFailure(
    2,
    'nothing-to-check',
    names.length === 0
      ? `there is no playbook and no scenario in ${word}`
      : `more than ${mostFilesInFolder} playbooks and scenarios in ${word}`,
    'name the files, or another folder',
  );
}

async function collect(files: readonly string[], options: CheckOptions, io: CommandIo): Promise<Checked> {
  const file = await configurationFile(options.config, io);
  const named = files.map((name) => resolve(io.workingDirectory, name));
  if (file === null && named.length === 0) {
    throw new CommandFailure(
      2,
      'nothing-to-check',
      `there is no ${configurationFileName} in ${io.workingDirectory}`,
      'go to its folder, or name a configuration with --config, or playbooks as arguments',
    );
  }
  if (file === null) return withFiles([], await loadPlaybookFiles(named, withoutConfiguration(), null));
  const { configuration, problems, document } = await loadConfiguration(file, io.environment);
  const own: Checked = { files: [file], problems };
  if (configuration === null) {
    if (named.length > 0) {
      return withFiles([own], await loadPlaybookFiles(named, withoutConfiguration(), null));
    }
    return document === null ? own : withFiles([own], await loadPlaybooksOfBroken(document));
  }
  const actions = knownActions(configuration);
  if (named.length === 0) {
    const whole = withFiles([own], await loadPlaybooks(configuration, actions, document));
    return tellsNobody(configuration) ? { ...whole, notes: [nobodyIsTold] } : whole;
  }
  const context = playbookContext(configuration, actions);
  return withFiles(
    [own],
    await loadPlaybookFiles(named, context, { configuration, document, wholeSet: false }),
  );
}

/** A host that reports to another healer tells nobody by itself. */
function tellsNobody({ healer, notifications }: Configuration): boolean {
  return healer === undefined && Object.keys(notifications.channels).length === 0;
}

async function checkScenarios(files: readonly string[], io: CommandIo): Promise<Checked> {
  const reader = new ScenarioReader();
  const read = await Promise.all(
    files.map((name) => {
      const file = resolve(io.workingDirectory, name);
      return reader.read(file).catch((error: unknown) => {
        throw new CommandFailure(2, 'scenario-unreadable', `${name} ${whyUnreadable(error)}`, null, {
          cause: error,
        });
      });
    }),
  );
  return { files: read.map(({ file }) => file), problems: read.flatMap(({ problems }) => problems) };
}

function withoutConfiguration(): PlaybookContext {
  return { actions: allActions(), openBackends, argumentProblem };
}

function withFiles(before: readonly Checked[], loaded: Checked): Checked {
  const all = [...before, loaded];
  return { files: all.flatMap(({ files }) => files), problems: all.flatMap(({ problems }) => problems) };
}

/** With the file's name as seen from the working directory, where it is below that. */
function nearby(problem: Problem, io: CommandIo): Problem {
  const file = relative(io.workingDirectory, problem.file);
  return file === '' || file.startsWith('..') ? problem : { ...problem, file };
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
