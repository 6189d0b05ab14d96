import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { problemCodes } from '@prunella/core';
import { Command } from 'commander';
import type { CommandIo } from '../../src/commands/command.ts';
import { commandEntries } from '../../src/commands/index.ts';
import { runCommandLine } from '../../src/commands/run.ts';
import { problemsOfApiTable, routesTable } from './api-tables.ts';
import { root } from './key-tables.ts';
import { metricsTable } from './metrics-table.ts';

/** Documents with a list that is written from the source. */
export const documentsWithLists = [
  'docs/check.md',
  'docs/commands.md',
  'docs/metrics.md',
  'docs/http-api.md',
] as const;

export async function withLists(document: (typeof documentsWithLists)[number]): Promise<string> {
  const text = readFileSync(join(root, document), 'utf8');
  switch (document) {
    case 'docs/check.md':
      return between(text, 'problems', problemTable());
    case 'docs/commands.md':
      return between(text, 'commands', commandTable(await commandLines()));
    case 'docs/metrics.md':
      return between(text, 'metrics', metricsTable());
    case 'docs/http-api.md':
      return between(
        between(text, 'problems of the API', problemsOfApiTable()),
        'routes',
        await routesTable(),
      );
  }
}

function between(text: string, name: string, content: string): string {
  const list = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- end of ${name} -->)`);
  if (!list.test(text)) throw new Error(`there is no place for the list of ${name}`);
  return text.replace(list, (_, begin: string, end: string) => `${begin}\n${content}\n\n${end}`);
}

function problemTable(): string {
  const severities = { error: 'error', warning: 'warning', either: 'error or warning' };
  const rows = Object.entries(problemCodes).map(
    ([code, { severity, in: place, meaning }]) =>
      `| \`${code}\` | ${severities[severity]} | ${place} | ${meaning} |`,
  );
  return ['| code | told as | in | what it is |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

export interface CommandLine {
  /** Without the program's name: `maintenance begin <resource>`. */
  readonly usage: string;
  readonly description: string;
  /** As its help, or that of the command above it, says it. */
  readonly exits: string;
}

/** All commands that do something, as they are registered and as their help tells them. */
export async function commandLines(): Promise<readonly CommandLine[]> {
  const program = new Command('prunella');
  const io: CommandIo = {
    stdout: { write: () => true },
    stderr: { write: () => true },
    environment: {},
    workingDirectory: root,
    interrupted: new AbortController().signal,
    setExitCode: () => undefined,
  };
  for (const entry of commandEntries) (await entry.load()).register(program, io);
  return linesOf(program, [], '');
}

async function linesOf(
  command: Command,
  words: readonly string[],
  exitsAbove: string,
): Promise<readonly CommandLine[]> {
  const lines: CommandLine[] = [];
  const shown = command.createHelp().visibleCommands(command);
  for (const each of shown.filter((one) => one.name() !== 'help')) {
    const path = [...words, each.name()];
    const exits = exitsIn(await helpOf(path)) || exitsAbove;
    const takes = each.registeredArguments.map((argument) => {
      const shown = `${argument.name()}${argument.variadic ? '...' : ''}`;
      return argument.required ? `<${shown}>` : `[${shown}]`;
    });
    if (each.commands.length === 0 || acts(each)) {
      lines.push({ usage: [...path, ...takes].join(' '), description: each.description(), exits });
    }
    lines.push(...(await linesOf(each, path, exits)));
  }
  return lines;
}

/** A command with others below it that also does something by itself. */
function acts(command: Command): boolean {
  return '_actionHandler' in command && command._actionHandler !== null;
}

async function helpOf(path: readonly string[]): Promise<string> {
  let text = '';
  const take = (part: string) => {
    text += part;
    return true;
  };
  await runCommandLine(
    [...path, '--help'],
    commandEntries,
    {
      stdout: { write: take },
      stderr: { write: take },
      environment: {},
      workingDirectory: root,
      interrupted: new AbortController().signal,
      setExitCode: () => undefined,
    },
    '0.0.0',
  );
  return text;
}

function exitsIn(help: string): string {
  return /^Exit status: (.*?)\.?$/m.exec(help)?.[1] ?? '';
}

function commandTable(lines: readonly CommandLine[]): string {
  const rows = lines.map(
    ({ usage, description, exits }) =>
      `| \`prunella ${usage.replaceAll('|', '\\|')}\` | ${description.replaceAll('|', '\\|')} | ${exits} |`,
  );
  return ['| command | does | exit status |', '| --- | --- | --- |', ...rows].join('\n');
}
