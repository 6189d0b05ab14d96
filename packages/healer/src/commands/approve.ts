import type { CommandModule } from './command.ts';
import { addConnectionOptions } from './connection.ts';
import { type OrderOptions, order } from './order.ts';

export const approveCommand: CommandModule = {
  name: 'approve',
  register(program, io) {
    const command = program
      .command('approve')
      .description('let an attempt run that waits for a person; `prunella explain` names it')
      .argument('<attempt>', 'its id')
      .option('--by <name>', "who approves, for the log (else the token's name)");
    addConnectionOptions(command).action(async (attempt: string, options: OrderOptions) =>
      order(`v1/attempts/${encodeURIComponent(attempt)}/approve`, {}, options, io),
    );
  },
};
