import type { CommandModule } from './command.ts';
import { addConnectionOptions } from './connection.ts';
import { durationOption } from './duration-option.ts';
import { CommandFailure } from './failure.ts';
import { type OrderOptions, order } from './order.ts';

interface MaintenanceOptions extends OrderOptions {
  readonly for: string;
  readonly reason?: string;
}

export const maintenanceCommand: CommandModule = {
  name: 'maintenance',
  register(program, io) {
    const command = program
      .command('maintenance')
      .description('say that people work on a resource: no attempt is begun there')
      .argument('<what>', '`begin`, for a time from now on; or `end`, before that time')
      .argument('<resource>', 'such as postgres/main')
      .option('--for <duration>', 'with begin: 1m to 30d', '1h')
      .option('--reason <text>', 'with begin: what is done, for everybody who meets it')
      .option('--by <name>', "who works there (else the token's name)");
    addConnectionOptions(command).action(
      async (what: string, resource: string, options: MaintenanceOptions) =>
        order('v1/announcements', { resource, announcement: announcementOf(what, options) }, options, io),
    );
  },
};

function announcementOf(what: string, options: MaintenanceOptions) {
  if (what === 'end') return { type: 'maintenance-end' };
  if (what !== 'begin') {
    throw new CommandFailure(
      2,
      'argument-wrong',
      `maintenance can begin or end, not ${what}`,
      'write begin or end',
    );
  }
  const reason = options.reason === undefined ? {} : { reason: options.reason };
  return { type: 'maintenance-begin', forMs: durationOption('for', options.for), ...reason };
}
