import { Argument, Command as CommanderCommand } from 'commander';
import { answers, readAnswer } from './answers.ts';
import type { CommandIo, CommandModule } from './command.ts';
import { completionScript, type Shell, shells } from './completion/scripts.ts';
import { completionTree, type NameKind, nameKinds } from './completion/tree.ts';
import { type ConnectionOptions, connect } from './connection.ts';
import { askHealer, type HealerConnection } from './healer-client.ts';
import { printable, writeJson } from './output.ts';
import { readPages } from './read-pages.ts';
import { resourceAnswers } from './resource-answers.ts';

/** Who presses a key does not wait longer for the healer. */
const namesTimeoutMs = 300;
const mostNames = 500;

export const completionCommand: CommandModule = {
  name: 'completion',
  register(program, io) {
    const completion = program
      .command('completion')
      .description('print a script that completes commands, options and names in your shell')
      .addArgument(new Argument('<shell>', 'which one').choices(shells))
      .option('--json', 'print what would be completed as JSON, for programs')
      .addHelpText(
        'after',
        '\nbash: source <(prunella completion bash)\nzsh: source <(prunella completion zsh), after compinit\nfish: prunella completion fish > ~/.config/fish/completions/prunella.fish\n\nExit status: 0 done, 2 wrong usage.',
      )
      .action(async (shell: Shell, options: { readonly json?: boolean }) => {
        const tree = completionTree(await wholeProgram(io));
        if (options.json === true) writeJson(io.stdout, { shell, commands: tree });
        else io.stdout.write(completionScript(shell, tree));
      });
    // For the scripts: a line that cannot be completed is no fault to tell of.
    completion
      .command('names', { hidden: true })
      .addArgument(new Argument('<kind>').choices(nameKinds))
      .argument('[line...]')
      .action(async (kind: NameKind, line: readonly string[]) => {
        const names = await namesOf(kind, line, io).catch(() => []);
        io.stdout.write(names.map((name) => `${printable(name)}\n`).join(''));
      });
  },
};

async function wholeProgram(io: CommandIo): Promise<CommanderCommand> {
  const program = new CommanderCommand('prunella').version('0');
  for (const entry of io.commands ?? []) (await entry.load()).register(program, io);
  return program;
}

async function namesOf(kind: NameKind, line: readonly string[], io: CommandIo): Promise<readonly string[]> {
  const quiet: CommandIo = { ...io, stderr: { write: () => undefined } };
  const found = await connect(connectionIn(line), quiet);
  const interrupted = AbortSignal.any([io.interrupted, AbortSignal.timeout(namesTimeoutMs)]);
  const connection = { ...found, interrupted };
  switch (kind) {
    case 'resources': {
      const { items } = await readPages(connection, 'v1/resources', {}, resourceAnswers.resources, mostNames);
      return items.map(({ resource }) => resource);
    }
    case 'playbooks': {
      const { items } = await readPages(connection, 'v1/playbooks', {}, resourceAnswers.playbooks, mostNames);
      return items.map(({ name }) => name);
    }
    case 'incidents':
      return (await incidents(connection, '')).map(({ incident }) => incident);
    case 'attempts':
      return (await incidents(connection, '&open=true')).flatMap(({ attempts }) =>
        attempts.map(({ attempt }) => attempt),
      );
  }
}

async function incidents(connection: HealerConnection, query: string) {
  const answer = await askHealer(connection, 'GET', `v1/incidents?limit=50${query}`);
  return readAnswer(answers.incidents, answer).incidents;
}

/** The healer that the line itself names. */
function connectionIn(line: readonly string[]): ConnectionOptions {
  const given = (option: string): string | undefined => {
    const at = line.lastIndexOf(option);
    return at < 0 ? undefined : line[at + 1];
  };
  const healer = given('--healer');
  const tokenFile = given('--token-file');
  const config = given('--config');
  return {
    ...(healer === undefined ? {} : { healer }),
    ...(tokenFile === undefined ? {} : { tokenFile }),
    ...(config === undefined ? {} : { config }),
  };
}
