import type { CommandModule } from './command.ts';
import { addConnectionOptions } from './connection.ts';
import { type OrderOptions, order } from './order.ts';

interface CloseOptions extends OrderOptions {
  readonly reason?: string;
}

export const closeCommand: CommandModule = {
  name: 'close',
  register(program, io) {
    const command = program
      .command('close')
      .description(
        'end an incident that you see is over, where neither an application nor a probe can say so',
      )
      .argument('<incident>', 'its id, as `prunella explain` names it')
      .option('--reason <text>', 'what you saw or did, for the log')
      .option('--by <name>', "who closes it, for the log (else the token's name)");
    addConnectionOptions(command).action(async (incident: string, options: CloseOptions) => {
      const body = options.reason === undefined ? {} : { reason: options.reason };
      await order(`v1/incidents/${encodeURIComponent(incident)}/close`, body, options, io);
    });
  },
};
