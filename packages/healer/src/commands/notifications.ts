import { type Command, Option } from 'commander';
import { answers, readAnswer } from './answers.ts';
import type { CommandIo, CommandModule } from './command.ts';
import { addConnectionOptions, type ConnectionOptions, connect } from './connection.ts';
import { CommandFailure } from './failure.ts';
import { askHealer } from './healer-client.ts';
import { coloursFor, printable, timeText, writeJson } from './output.ts';

interface NotificationsOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly channel?: string;
  readonly state?: string;
  readonly limit?: number;
}

const states = ['waiting', 'delivered', 'given-up', 'dropped'];

export const notificationsCommand: CommandModule = {
  name: 'notifications',
  register(program, io) {
    const notifications = program
      .command('notifications')
      .description('show how each channel to people does, and what was delivered by it')
      .option('--channel <name>', 'only what goes by this one')
      .addOption(new Option('--state <state>', 'only what is so').choices(states))
      .addOption(new Option('--limit <number>', 'at most this many deliveries (20)').argParser(count))
      .addHelpText(
        'after',
        '\nExit status: 0 shown, also where a channel is dead (`--json` says so), 1 failed, 2 wrong usage, 3 no healer.',
      );
    addConnectionOptions(notifications).action(async (options: NotificationsOptions) => show(options, io));
    const test = notifications
      .command('test')
      .description('send a message by a channel now, to see whether it works')
      .argument('<channel>', 'its name in prunella.yaml')
      .addHelpText('after', '\nExit status: 0 delivered, 1 not delivered, 2 wrong usage, 3 no healer.');
    // The parent has the same options, and takes them wherever they stand.
    addConnectionOptions(test).action(async (channel: string, _options: unknown, command: Command) =>
      tryChannel(channel, command.optsWithGlobals<NotificationsOptions>(), io),
    );
  },
};

function count(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 1_000) return number;
  const message = `--limit must be a whole number from 1 to 1000, not ${text}`;
  throw new CommandFailure(2, 'usage', message, null);
}

async function show(options: NotificationsOptions, io: CommandIo): Promise<void> {
  const connection = await connect(options, io);
  const query = new URLSearchParams({ limit: String(options.limit ?? 20) });
  if (options.channel !== undefined) query.set('channel', options.channel);
  if (options.state !== undefined) query.set('state', options.state);
  const asked = await askHealer(connection, 'GET', `v1/notifications?${query}`);
  const answer = readAnswer(answers.notifications, asked);
  if (options.json === true) {
    writeJson(io.stdout, answer);
    return;
  }
  const { red, yellow, green, bold } = coloursFor(io.stdout, io.environment);
  if (answer.channels.length === 0) {
    io.stdout.write(
      'Nobody is told of anything: no channel stands under `notifications:` in prunella.yaml.\n',
    );
    return;
  }
  const paint: Readonly<Record<string, (text: string) => string>> = { ok: green, failing: yellow, dead: red };
  for (const { channel, type, state, waiting, delivered, lost, lastError, failingSince } of answer.channels) {
    const counts = `${delivered} delivered, ${waiting} waiting, ${lost} lost since the start`;
    const since = failingSince === null ? '' : ` since ${timeText(failingSince)}`;
    const why = state === 'ok' || lastError === null ? '' : `\n    ${printable(lastError)}`;
    const said = (paint[state] ?? yellow)(`${state}${since}`);
    io.stdout.write(`${bold(printable(channel))}  ${printable(type)}  ${said}  ${counts}${why}\n`);
  }
  if (answer.items.length > 0) io.stdout.write('\n');
  for (const { channel, state, kind, resource, text, at, error } of answer.items) {
    const about = resource === null ? '' : `${resource}: `;
    const why = error === null || state === 'delivered' ? '' : ` (${error})`;
    io.stdout.write(printable(`${timeText(at)}  ${channel}  ${state}  ${kind}  ${about}${text}${why}\n`));
  }
}

async function tryChannel(channel: string, options: NotificationsOptions, io: CommandIo): Promise<void> {
  const connection = await connect(options, io);
  const path = `v1/notifications/${encodeURIComponent(channel)}/test`;
  const answer = readAnswer(answers.notificationTest, await askHealer(connection, 'POST', path, {}));
  if (options.json === true) writeJson(io.stdout, answer);
  if (!answer.delivered) {
    if (options.json === true) return io.setExitCode(1);
    const message = `${channel} did not deliver: ${answer.problem ?? 'it does not say why'}`;
    throw new CommandFailure(
      1,
      'not-delivered',
      message,
      'mend it, `prunella reload` where prunella.yaml changed, and test again',
    );
  }
  if (options.json !== true)
    io.stdout.write(`${printable(channel)} delivered: look there for the message.\n`);
}
