import type { Argument, Command, Option } from 'commander';

/** What can stand at a place: one of these words, a file, a name that the healer knows, or anything. */
export type Candidates =
  | { readonly words: readonly string[] }
  | { readonly of: 'files' | NameKind }
  | { readonly of: 'anything' };

/** Names that only the running healer knows. */
export const nameKinds = ['resources', 'incidents', 'attempts', 'playbooks'] as const;
export type NameKind = (typeof nameKinds)[number];

/** One command, or the program itself. */
export interface CompletionNode {
  /** Its words, with a blank between them; empty for the program. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly CompletionOption[];
  /** What its arguments can be, in their order; the last one again for more where it takes several. */
  readonly arguments: readonly Candidates[];
  readonly takesMore: boolean;
}

export interface CompletionOption {
  /** `--config`, `-y`. */
  readonly names: readonly string[];
  readonly description: string;
  /** What follows it; null where nothing does. */
  readonly value: Candidates | null;
}

/** The program and all its commands, as commander knows them. */
export function completionTree(program: Command): readonly CompletionNode[] {
  return nodesOf(program, []);
}

function nodesOf(command: Command, words: readonly string[]): readonly CompletionNode[] {
  const shown = command
    .createHelp()
    .visibleCommands(command)
    .filter((each) => each.name() !== 'help');
  const own: CompletionNode = {
    path: words.join(' '),
    commands: shown.map((each) => ({ name: each.name(), description: each.description() })),
    options: command.createHelp().visibleOptions(command).map(optionOf),
    arguments: command.registeredArguments.map(argumentOf),
    takesMore: command.registeredArguments.at(-1)?.variadic === true,
  };
  return [own, ...shown.flatMap((each) => nodesOf(each, [...words, each.name()]))];
}

function optionOf(option: Option): CompletionOption {
  const names = [option.short, option.long].filter((name) => name != null);
  const takesValue = option.required || option.optional;
  return {
    names,
    description: option.description,
    value: takesValue ? candidatesOf(placeholderOf(option.flags), option.argChoices) : null,
  };
}

function placeholderOf(flags: string): string {
  return /[<[]([^>\]]+)[>\]]/.exec(flags)?.[1] ?? '';
}

function argumentOf(argument: Argument): Candidates {
  return candidatesOf(argument.name(), argument.argChoices);
}

/** Arguments and values are named for what they hold. */
const byName: Readonly<Record<string, Candidates>> = {
  resource: { of: 'resources' },
  incident: { of: 'incidents' },
  attempt: { of: 'attempts' },
  playbook: { of: 'playbooks' },
  file: { of: 'files' },
  files: { of: 'files' },
  folder: { of: 'files' },
  paths: { of: 'files' },
};

function candidatesOf(name: string, choices: readonly string[] | undefined): Candidates {
  if (choices !== undefined && choices.length > 0) return { words: choices };
  return byName[name.replace(/\.\.\.$/, '')] ?? { of: 'anything' };
}
