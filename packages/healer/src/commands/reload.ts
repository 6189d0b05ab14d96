import { answers, readAnswer } from './answers.ts';
import type { CommandIo, CommandModule } from './command.ts';
import { addConnectionOptions, type ConnectionOptions, connect } from './connection.ts';
import { askAsAdmin } from './healer-client.ts';
import { writeJson } from './output.ts';

interface ReloadOptions extends ConnectionOptions {
  readonly json?: boolean;
}

export const reloadCommand: CommandModule = {
  name: 'reload',
  register(program, io) {
    const command = program
      .command('reload')
      .description('the running healer reads configuration and playbooks anew; a bad one is refused whole')
      .addHelpText(
        'after',
        '\nOpen incidents keep the playbook that they were opened under. `prunella check` looks at what is written\nwithout touching the healer.\n\nExit status: 0 in force, 1 refused (the former stays in force), 2 wrong usage, 3 no healer.',
      );
    addConnectionOptions(command).action(async (options: ReloadOptions) => reload(options, io));
  },
};

async function reload(options: ReloadOptions, io: CommandIo): Promise<void> {
  const connection = await connect(options, io);
  const answer = readAnswer(answers.reloaded, await askAsAdmin(connection, 'POST', 'v1/reload', {}));
  if (options.json === true) writeJson(io.stdout, answer);
  else io.stdout.write('What is written is in force.\n');
}
