import type { CommandModule } from './command.ts';
import { addConnectionOptions } from './connection.ts';
import { durationOption } from './duration-option.ts';
import { type OrderOptions, order } from './order.ts';

interface DeployOptions extends OrderOptions {
  readonly for: string;
  readonly what: string;
}

export const deployCommand: CommandModule = {
  name: 'deploy',
  register(program, io) {
    const command = program
      .command('deploy')
      .description("announce a deploy: no attempt is begun while it runs, and the playbook's grace follows")
      .argument('<resource>', 'what it touches, such as postgres/main')
      .requiredOption('--what <text>', 'what is deployed, such as "actioner 4.2"')
      .option('--for <duration>', 'how long it takes, 0s to 24h; 0s where it has just ended', '5m')
      .option('--by <name>', "who deploys (else the token's name)");
    addConnectionOptions(command).action(async (resource: string, options: DeployOptions) => {
      const forMs = durationOption('for', options.for);
      const announcement = { type: 'announce-deploy', forMs, what: options.what };
      await order('v1/announcements', { resource, announcement }, options, io);
    });
  },
};
