import { answerAttempt } from './approve.ts';
import type { CommandModule } from './command.ts';
import { addConnectionOptions, type ConnectionOptions } from './connection.ts';

interface RejectOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly by?: string;
  readonly reason?: string;
}

export const rejectCommand: CommandModule = {
  name: 'reject',
  register(program, io) {
    const command = program
      .command('reject')
      .description('say no to an attempt that waits for a person')
      .argument('<attempt>', 'its id, as `prunella explain` names it')
      .option('--reason <text>', 'why, for the log; may be left out')
      .option('--by <name>', "who says no, for the log (else the token's name)");
    addConnectionOptions(command).action(async (attempt: string, options: RejectOptions) => {
      const { reason, by } = options;
      const body = { ...(reason === undefined ? {} : { reason }), ...(by === undefined ? {} : { by }) };
      await answerAttempt('reject', attempt, body, options, io);
    });
  },
};
