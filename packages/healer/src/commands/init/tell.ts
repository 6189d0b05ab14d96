import { randomBytes } from 'node:crypto';
import type { CommandIo } from '../command.ts';
import { CommandFailure } from '../failure.ts';
import type { InitChannel, InitSecret } from './answers.ts';
import type { Asker } from './asker.ts';
import { type InitOptions, missing, secretFrom, taken } from './given.ts';
import { flow, scalar } from './scalar.ts';
import { readMailbox, readSlackChannel, readUrl, readWord } from './validate.ts';

/** Who is told, by options alone; null: nobody. */
export function channelFromOptions(options: InitOptions, io: CommandIo): InitChannel | null {
  const tell = options.tell ?? meantBy(options) ?? 'none';
  switch (tell) {
    case 'none':
      return null;
    case 'slack':
      return {
        by: 'slack',
        channel: taken(
          'slack-channel',
          options.slackChannel ?? missing('--slack-channel', "the channel's id, such as C0123456789"),
          readSlackChannel,
        ),
        token:
          secretFrom(options.slackTokenFile, options.slackTokenEnvironment, io) ??
          missing('--slack-token-file or --slack-token-environment', "where the app's bot token is"),
      };
    case 'email':
      return emailFromOptions(options, io);
    case 'webhook':
      return {
        by: 'webhook',
        url: taken('tell-url', options.tellUrl ?? missing('--tell-url', 'the address that is told'), readUrl),
      };
    default:
      return { by: 'webhook', url: taken('tell', tell, readTold) };
  }
}

/** Whom the other options are about, where `--tell` is not given; null: they tell of nobody. */
function meantBy(options: InitOptions): 'slack' | 'email' | 'webhook' | null {
  const { tellUrl, slackChannel, slackTokenFile, slackTokenEnvironment } = options;
  const { mailTo, mailFrom, mailHost, mailUser, mailPasswordFile, mailPasswordEnvironment } = options;
  const given = {
    slack: [slackChannel, slackTokenFile, slackTokenEnvironment],
    email: [mailTo, mailFrom, mailHost, mailUser, mailPasswordFile, mailPasswordEnvironment],
    webhook: [tellUrl],
  };
  const kinds = (['slack', 'email', 'webhook'] as const).filter((kind) =>
    given[kind].some((value) => value !== undefined),
  );
  if (kinds.length < 2) return kinds[0] ?? null;
  throw new CommandFailure(
    2,
    'option-wrong',
    'there are options for several ways to tell people',
    `name one with --tell: ${kinds.join(', ')}; more of them are added to prunella.yaml`,
  );
}

function readTold(text: string) {
  return 'value' in readUrl(text)
    ? readUrl(text)
    : { problem: `${text} is none of slack, email, webhook, none, and no address of a webhook` };
}

function emailFromOptions(options: InitOptions, io: CommandIo): InitChannel {
  const to = taken(
    'mail-to',
    options.mailTo ?? missing('--mail-to', 'who is told, such as ops@example.com'),
    readMailbox,
  );
  const user = options.mailUser === undefined ? null : taken('mail-user', options.mailUser, readWord);
  const password = secretFrom(options.mailPasswordFile, options.mailPasswordEnvironment, io);
  if (user !== null && password === null) {
    missing('--mail-password-file or --mail-password-environment', `where the password of ${user} is`);
  }
  return {
    by: 'email',
    to,
    from: taken('mail-from', options.mailFrom ?? to, readMailbox),
    host: taken(
      'mail-host',
      options.mailHost ?? missing('--mail-host', 'the server that takes mail, such as mail.example.com'),
      readWord,
    ),
    login: user === null || password === null ? null : { user, password },
  };
}

const tellChoices = [
  ['slack', 'a channel in Slack, with buttons once its signing secret is there'],
  ['email', 'people by e-mail, over an SMTP server'],
  ['webhook', 'another program, by a signed webhook'],
  ['none', 'nobody: whoever wants to know looks at the page'],
] as const;

/** Who is told, by options, and by answers where they leave that open. */
export async function askChannel(
  options: InitOptions,
  asker: Asker,
  io: CommandIo,
): Promise<InitChannel | null> {
  const tell = options.tell ?? meantBy(options) ?? (await asker.choose('Who is told?', tellChoices, 'none'));
  switch (tell) {
    case 'slack':
      return askSlack(options, asker, io);
    case 'email':
      return askEmail(options, asker, io);
    case 'webhook': {
      const tellUrl = options.tellUrl ?? (await asker.ask('The address that is told?', '', readUrl));
      return channelFromOptions({ ...options, tell, tellUrl }, io);
    }
    default:
      return channelFromOptions({ ...options, tell }, io);
  }
}

async function askSlack(options: InitOptions, asker: Asker, io: CommandIo): Promise<InitChannel> {
  const channel =
    options.slackChannel ??
    (await asker.ask("The channel's id (View channel details)?", '', readSlackChannel));
  const given = secretFrom(options.slackTokenFile, options.slackTokenEnvironment, io);
  const token = given ?? { keep: await askWord('Its bot token, xoxb-\u2026?', asker) };
  return { by: 'slack', channel: taken('slack-channel', channel, readSlackChannel), token };
}

async function askEmail(options: InitOptions, asker: Asker, io: CommandIo): Promise<InitChannel> {
  const mailTo = options.mailTo ?? (await asker.ask('Whose address?', '', readMailbox));
  const mailHost = options.mailHost ?? (await asker.ask('The server that takes mail?', '', readWord));
  const mailFrom = options.mailFrom ?? (await asker.ask('From which address?', mailTo, readMailbox));
  const user = options.mailUser ?? (await askUser(asker));
  const given = secretFrom(options.mailPasswordFile, options.mailPasswordEnvironment, io);
  const password = user === '' ? null : (given ?? { keep: await askWord('Its password?', asker) });
  const { mailUser: _user, ...rest } = options;
  const channel = emailFromOptions({ ...rest, mailTo, mailHost, mailFrom }, io);
  return channel.by === 'email' && password !== null ? { ...channel, login: { user, password } } : channel;
}

function askUser(asker: Asker): Promise<string> {
  return asker.ask('Who logs in there? (empty: nobody)', '', (text) =>
    text === '' ? { value: text } : readWord(text),
  );
}

async function askWord(question: string, asker: Asker): Promise<string> {
  for (;;) {
    const typed = await asker.askSecret(`${question} (not shown; kept in a file of its own)`);
    if (typed !== '') return typed;
  }
}

/** `reference` writes a secret as the configuration names it. */
export function renderChannel(
  channel: InitChannel,
  reference: (secret: InitSecret, name: string) => string,
): readonly string[] {
  return [
    'notifications: # `prunella notifications test people` tries it',
    '  channels:',
    '    people: # more of them, and who is told of what: docs/notifications.md',
    ...linesOf(channel, reference).map((line) => `      ${line}`),
  ];
}

function linesOf(
  channel: InitChannel,
  reference: (secret: InitSecret, name: string) => string,
): readonly string[] {
  switch (channel.by) {
    case 'webhook': {
      const key = `whsec_${randomBytes(24).toString('base64')}`;
      return [
        'type: webhook # Standard Webhooks',
        `url: ${scalar(channel.url)}`,
        `secrets: [${reference({ keep: key }, 'webhook')}] # the receiver checks signatures with it`,
      ];
    }
    case 'slack':
      return [
        'type: slack',
        `channel: ${channel.channel} # invite the app there`,
        `token: ${reference(channel.token, 'slack-token')}`,
        '# signingSecret: { file: secrets/slack-signing } # with it, and `users`, messages have buttons',
      ];
    case 'email':
      return [
        'type: email',
        `from: ${scalar(channel.from)}`,
        `to: [${flow(channel.to)}]`,
        `host: ${scalar(channel.host)}`,
        'security: starttls # or tls',
        ...(channel.login === null
          ? []
          : [
              `user: ${scalar(channel.login.user)}`,
              `password: ${reference(channel.login.password, 'mail')}`,
            ]),
      ];
  }
}
