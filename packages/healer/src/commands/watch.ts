import type { CommandIo, CommandModule } from './command.ts';
import { addConnectionOptions, type ConnectionOptions, connect } from './connection.ts';
import type { HealerConnection } from './healer-client.ts';
import { readExplanations } from './read-explanations.ts';
import { unknownResource } from './unknown-resource.ts';
import { watchAsLines } from './watch/as-lines.ts';
import { watchOnTerminal } from './watch/on-terminal.ts';

interface WatchOptions extends ConnectionOptions {
  readonly json?: boolean;
}

export const watchCommand: CommandModule = {
  name: 'watch',
  register(program, io) {
    const command = program
      .command('watch')
      .description('see live what is not ok, what happens next, and each event; q or Ctrl-C ends it')
      .argument('[resource]', 'only this one, such as postgres/main')
      .addHelpText('after', '\nWithout a terminal, and with --json, each event is one line.');
    addConnectionOptions(command).action(async (resource: string | undefined, options: WatchOptions) => {
      await watch(await connect(options, io), resource ?? null, options, io);
    });
  },
};

async function watch(
  connection: HealerConnection,
  resource: string | null,
  options: WatchOptions,
  io: CommandIo,
): Promise<void> {
  if (resource !== null) await refuseUnknown(connection, resource);
  const { terminal } = io;
  const isPlain = terminal === undefined || io.environment['TERM'] === 'dumb' || options.json === true;
  if (isPlain) await watchAsLines(connection, resource, options.json === true, io);
  else await watchOnTerminal(connection, resource, terminal, io);
}

async function refuseUnknown(connection: HealerConnection, resource: string): Promise<void> {
  if ((await readExplanations(connection, { resource })).explanations.length > 0) return;
  const { explanations } = await readExplanations(connection);
  throw unknownResource(
    resource,
    explanations.map((one) => one.resource),
  );
}
