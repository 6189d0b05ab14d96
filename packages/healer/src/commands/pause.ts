import { answers, readAnswer } from './answers.ts';
import type { CommandIo, CommandModule } from './command.ts';
import { addConnectionOptions, type ConnectionOptions, connect } from './connection.ts';
import { askHealer } from './healer-client.ts';
import { writeJson } from './output.ts';

interface PauseOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly by?: string;
  readonly reason?: string;
}

export const pauseCommand: CommandModule = {
  name: 'pause',
  register(program, io) {
    const command = program
      .command('pause')
      .description(
        'the kill switch: no attempt is started any more, until `prunella resume`; what runs is cancelled where that can be done',
      )
      .option('--reason <text>', 'why, for everybody who meets it; may be left out when it must be quick')
      .option('--by <name>', "who pauses, for the log (else the token's name)");
    addConnectionOptions(command).action(async (options: PauseOptions) => pause(options, io));
  },
};

async function pause(options: PauseOptions, io: CommandIo): Promise<void> {
  const { reason, by, json } = options;
  const connection = await connect(options, io);
  const body = { ...(reason === undefined ? {} : { reason }), ...(by === undefined ? {} : { by }) };
  const answer = readAnswer(answers.paused, await askHealer(connection, 'POST', 'v1/pause', body));
  if (json === true) writeJson(io.stdout, answer);
  else
    io.stdout.write(
      'Paused: nothing is started until `prunella resume`. What runs is cancelled where its backend can, and goes on elsewhere: `prunella incidents`.\n',
    );
}
