import type { CommandModule } from './command.ts';
import { addConnectionOptions } from './connection.ts';
import { type OrderOptions, order } from './order.ts';

interface ClaimOptions extends OrderOptions {
  readonly reason?: string;
}

export const claimCommand: CommandModule = {
  name: 'claim',
  register(program, io) {
    const command = program
      .command('claim')
      .description('work on an incident yourself: no attempt is begun until `prunella release`')
      .argument('<incident>', 'its id, as `prunella explain` names it')
      .option('--reason <text>', 'what you are about to do, for everybody who meets it')
      .option('--by <name>', "who works on it (else the token's name)");
    addConnectionOptions(command).action(async (incident: string, options: ClaimOptions) => {
      const body = options.reason === undefined ? {} : { reason: options.reason };
      await order(`v1/incidents/${encodeURIComponent(incident)}/claim`, body, options, io);
    });
  },
};
