import type { CommandModule } from './command.ts';
import { addConnectionOptions } from './connection.ts';
import { type OrderOptions, order } from './order.ts';

export const releaseCommand: CommandModule = {
  name: 'release',
  register(program, io) {
    const command = program
      .command('release')
      .description('give a claimed incident back: its ladder goes on')
      .argument('<incident>', 'its id, as `prunella explain` names it')
      .option('--by <name>', "who releases it, for the log (else the token's name)");
    addConnectionOptions(command).action(async (incident: string, options: OrderOptions) =>
      order(`v1/incidents/${encodeURIComponent(incident)}/release`, {}, options, io),
    );
  },
};
