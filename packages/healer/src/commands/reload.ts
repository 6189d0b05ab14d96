import { answers, readAnswer } from './answers.ts';
import type { CommandIo, CommandModule } from './command.ts';
import { addConnectionOptions, type ConnectionOptions, connect } from './connection.ts';
import { askAsAdmin, askHealer, type HealerConnection } from './healer-client.ts';
import { printable, writeJson } from './output.ts';

const mostNamed = 20;

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
  if (options.json === true) {
    writeJson(io.stdout, answer);
    return;
  }
  io.stdout.write('What is written is in force.\n');
  // It is in force whether or not this can be asked.
  const open = await openIncidents(connection).catch(() => []);
  if (open.length === 0) return;
  const further = open.length < mostNamed ? '' : ' and perhaps others';
  io.stdout.write(
    `Incidents that are open keep the playbook that they were opened under: ${printable(open.join(', '))}${further}\n`,
  );
}

async function openIncidents(connection: HealerConnection): Promise<readonly string[]> {
  const answer = await askHealer(connection, 'GET', `v1/incidents?open=true&limit=${mostNamed}`);
  return readAnswer(answers.incidents, answer).incidents.map(({ incident }) => incident);
}
