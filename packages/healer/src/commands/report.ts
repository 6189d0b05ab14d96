import type { CommandModule } from './command.ts';
import { addConnectionOptions } from './connection.ts';
import { type OrderOptions, order } from './order.ts';

interface ReportOptions extends OrderOptions {
  readonly summary: string;
  readonly node?: string;
  readonly resolved?: boolean;
}

export const reportCommand: CommandModule = {
  name: 'report',
  register(program, io) {
    const command = program
      .command('report')
      .description('say what you see of a resource, as evidence beside what programs see')
      .argument('<resource>', 'such as postgres/main')
      .requiredOption('--summary <text>', 'what you see, in a sentence')
      .option('--node <name>', 'which of its nodes')
      .option('--resolved', 'it is over, as far as you see')
      .option('--by <name>', "who says so (else the token's name)");
    addConnectionOptions(command).action(async (resource: string, options: ReportOptions) => {
      const { summary, node, resolved } = options;
      const status = resolved === true ? 'resolved' : 'firing';
      const said = { resource, summary, status, ...(node === undefined ? {} : { node }) };
      await order('v1/sources/person', said, options, io);
    });
  },
};
