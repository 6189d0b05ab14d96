import { formatDuration, nearest, renderProblem } from '@prunella/core';
import { readAnswer } from './answers.ts';
import { columns } from './columns.ts';
import type { CommandIo, CommandModule } from './command.ts';
import { addConnectionOptions, type ConnectionOptions, connect } from './connection.ts';
import { CommandFailure } from './failure.ts';
import { askHealer, type HealerConnection } from './healer-client.ts';
import { coloursFor, printable, writeJson } from './output.ts';
import { readPages } from './read-pages.ts';
import { type PlaybookAnswer, type PlaybookRow, resourceAnswers } from './resource-answers.ts';

interface PlaybooksOptions extends ConnectionOptions {
  readonly json?: boolean;
}

const mostPlaybooks = 10_000;

export const playbooksCommand: CommandModule = {
  name: 'playbooks',
  register(program, io) {
    const command = program
      .command('playbooks')
      .description('list the playbooks in force and what they are for; or show one with its text')
      .argument('[playbook]', 'the one to show');
    addConnectionOptions(command).action(async (name: string | undefined, options: PlaybooksOptions) => {
      const connection = await connect(options, io);
      if (name === undefined) await list(connection, options, io);
      else await show(connection, name, options, io);
    });
  },
};

async function list(connection: HealerConnection, options: PlaybooksOptions, io: CommandIo): Promise<void> {
  const playbooks = await readPlaybooks(connection);
  if (options.json === true) {
    writeJson(io.stdout, { playbooks });
    return;
  }
  if (playbooks.length === 0) {
    io.stdout.write('No playbook is in force: nothing is repaired, only shown.\n');
    return;
  }
  const { bold } = coloursFor(io.stdout, io.environment);
  const rows = playbooks.map(({ name, for: resources, resources: { count }, steps, problems, file }) => [
    name,
    resources,
    String(count),
    steps.map(({ id, autonomy }) => `${id} ${autonomy}`).join(', '),
    problems.length === 0 ? '-' : `${problems.length}`,
    file ?? '-',
  ]);
  const text = columns([['PLAYBOOK', 'FOR', 'RESOURCES', 'STEPS', 'WARNINGS', 'FILE'], ...rows]);
  const [head = ''] = text.split('\n', 1);
  io.stdout.write(`${bold(head)}${text.slice(head.length)}`);
}

async function show(
  connection: HealerConnection,
  name: string,
  options: PlaybooksOptions,
  io: CommandIo,
): Promise<void> {
  const path = `v1/playbooks/${encodeURIComponent(name)}`;
  const answer = await askHealer(connection, 'GET', path).catch(async (error: unknown) => {
    throw error instanceof CommandFailure && error.code === 'not-found'
      ? await unknown(connection, name)
      : error;
  });
  const playbook = readAnswer(resourceAnswers.playbook, answer);
  if (options.json === true) writeJson(io.stdout, playbook);
  else io.stdout.write(describe(playbook, io));
}

function describe(playbook: PlaybookAnswer, io: CommandIo): string {
  const { bold, yellow, faint } = coloursFor(io.stdout, io.environment);
  const { names, count } = playbook.resources;
  const owned =
    count === 0 ? 'none' : `${names.slice(0, 10).join(', ')}${count > 10 ? ` and ${count - 10} more` : ''}`;
  const head = columns(
    [
      ['for', playbook.for],
      ['resources', owned],
      ...(playbook.dependsOn.length === 0 ? [] : [['needs', playbook.dependsOn.join(', ')]]),
      ['file', playbook.file ?? 'none: it was given by the program'],
    ],
    '  ',
  );
  const steps = columns(
    playbook.steps.map(({ id, effect, autonomy, afterMs, everyMs, max, line }) => [
      id,
      effect,
      autonomy,
      `after ${formatDuration(afterMs)}, every ${formatDuration(everyMs)}, at most ${max}`,
      `line ${line}`,
    ]),
    '  ',
  );
  const problems = playbook.problems.map((problem) => {
    // A newer healer may know more codes: they are only printed.
    return yellow(`${printable(renderProblem(problem as Parameters<typeof renderProblem>[0]))}\n`);
  });
  return [
    `${bold(printable(playbook.name))}\n${head}\n${bold('Steps')}\n${steps}`,
    problems.length === 0 ? '' : `\n${bold('Warnings')}\n${problems.join('')}`,
    playbook.text === null ? '' : `\n${bold('Text')}\n${numbered(playbook.text, faint)}`,
  ].join('');
}

function numbered(text: string, faint: (text: string) => string): string {
  const lines = text.replace(/\n$/, '').split('\n');
  const width = String(lines.length).length;
  return lines
    .map((line, index) => `${faint(String(index + 1).padStart(width + 2))}  ${printable(line)}\n`)
    .join('');
}

async function readPlaybooks(connection: HealerConnection): Promise<readonly PlaybookRow[]> {
  const { items } = await readPages(connection, 'v1/playbooks', {}, resourceAnswers.playbooks, mostPlaybooks);
  return items;
}

async function unknown(connection: HealerConnection, name: string): Promise<CommandFailure> {
  const names = (await readPlaybooks(connection)).map((playbook) => playbook.name);
  const meant = nearest(name, names);
  const remedy =
    meant === null
      ? `in force: ${names.length === 0 ? 'none' : names.slice(0, 20).join(', ')}`
      : `did you mean ${meant}?`;
  return new CommandFailure(1, 'playbook-unknown', `no playbook ${name} is in force`, remedy);
}
