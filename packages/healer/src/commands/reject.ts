import type { CommandModule } from './command.ts';
import { addConnectionOptions } from './connection.ts';
import { type OrderOptions, order } from './order.ts';

interface RejectOptions extends OrderOptions {
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
      const body = options.reason === undefined ? {} : { reason: options.reason };
      await order(`v1/attempts/${encodeURIComponent(attempt)}/reject`, body, options, io);
    });
  },
};
