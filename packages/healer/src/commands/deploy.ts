import type { CommandModule } from './command.ts';
import { addConnectionOptions } from './connection.ts';
import { durationOption } from './duration-option.ts';
import { CommandFailure } from './failure.ts';
import { type OrderOptions, order } from './order.ts';

interface DeployOptions extends OrderOptions {
  readonly for?: string;
  readonly what?: string;
  readonly end?: true;
}

export const deployCommand: CommandModule = {
  name: 'deploy',
  register(program, io) {
    const command = program
      .command('deploy')
      .description("announce a deploy: no attempt is begun while it runs, and the playbook's grace follows")
      .argument('<resource>', 'what it touches, such as postgres/main')
      .option('--what <text>', 'what is deployed, such as "actioner 4.2"')
      .option('--for <duration>', 'how long it takes, 0s to 24h (default: 5m)')
      .option('--end', 'it has ended, before its time or without having been announced')
      .option('--by <name>', "who deploys (else the token's name)");
    addConnectionOptions(command).action(async (resource: string, options: DeployOptions) => {
      const announcement = { type: 'announce-deploy', ...announced(options) };
      await order('v1/announcements', { resource, announcement }, options, io);
    });
  },
};

function announced({ for: written, what, end }: DeployOptions): { forMs: number; what: string } {
  if (end === true) {
    if (written === undefined) return { forMs: 0, what: what ?? 'ended by hand' };
    throw new CommandFailure(2, 'wrong-usage', '--end and --for together', 'leave out one of them');
  }
  if (what !== undefined) return { forMs: durationOption('for', written ?? '5m'), what };
  throw new CommandFailure(
    2,
    'wrong-usage',
    'nobody would know what is deployed',
    'say it: --what "actioner 4.2"; or, where it has ended, --end',
  );
}
