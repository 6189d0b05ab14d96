import type { CommandModule } from './command.ts';
import { addConnectionOptions } from './connection.ts';
import { type OrderOptions, order } from './order.ts';

interface HarmfulOptions extends OrderOptions {
  readonly reason?: string;
}

export const harmfulCommand: CommandModule = {
  name: 'harmful',
  register(program, io) {
    const command = program
      .command('harmful')
      .description('say that an attempt did harm: its step asks from now on, until `prunella autonomy lift`')
      .argument('<attempt>', 'its id, as `prunella incidents` names it')
      .option('--reason <text>', 'what it did')
      .option('--by <name>', "who says so, for the log (else the token's name)");
    addConnectionOptions(command).action(async (attempt: string, options: HarmfulOptions) => {
      const body = options.reason === undefined ? {} : { reason: options.reason };
      await order(`v1/attempts/${encodeURIComponent(attempt)}/harmful`, body, options, io);
    });
  },
};
