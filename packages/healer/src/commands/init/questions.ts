import type { CommandIo } from '../command.ts';
import {
  type InitAnswers,
  type InitRepair,
  type InitSecret,
  type ResourceKind,
  standardPorts,
  standardServices,
} from './answers.ts';
import type { Asker } from './asker.ts';
import type { InitOptions } from './given.ts';
import { answersFromOptions } from './options.ts';
import { askChannel } from './tell.ts';
import {
  type Read,
  readCommand,
  readMinion,
  readPort,
  readRepair,
  readResource,
  readUrl,
  readWord,
} from './validate.ts';

const kindChoices = [
  ['postgres', 'a PostgreSQL server'],
  ['redis', 'a Redis or Valkey server'],
  ['rethinkdb', 'a RethinkDB server'],
  ['http', 'a service that answers over HTTP'],
] as const satisfies readonly (readonly [ResourceKind, string])[];

const repairChoices = [
  ['process', 'the healer runs the program itself, and starts it again'],
  ['salt', 'a service of a machine that Salt manages, by salt-api'],
  ['salt-hook', "the same by Salt's webhooks, where you have them"],
  ['http', 'another program repairs it, over HTTP'],
] as const satisfies readonly (readonly [InitRepair['by'], string])[];

/** Asks for what the options leave open. */
export async function askAnswers(options: InitOptions, asker: Asker, io: CommandIo): Promise<InitAnswers> {
  const resource = options.resource ?? (await askResource(asker));
  const read = readResource(resource);
  // A wrong option is told as one.
  if ('problem' in read) return answersFromOptions(options, io);
  const { kind } = read.value;
  const place = await askPlace(options, kind, asker);
  const repair = await askRepair(options, kind, asker, io);
  const autonomy =
    options.autonomy ??
    (await asker.choose(
      'Who decides that a repair runs?',
      [
        ['ask', 'a person, each time: prunella approve'],
        ['auto', 'the healer by itself, under its guardrails'],
      ],
      'ask',
    ));
  const tell = await askChannel(options, asker, io);
  const application = options.application ?? (await asker.ask("The application's name?", 'app', readWord));
  // What was asked is checked already, and the rest is checked here.
  const whole = answersFromOptions(
    {
      ...options,
      resource,
      autonomy,
      application,
      ...place.options,
      tell: 'none',
      repair: 'http',
      repairUrl: 'http://127.0.0.1/',
    },
    io,
  );
  return { ...whole, repair, tell, password: place.password ?? whole.password };
}

async function askResource(asker: Asker): Promise<string> {
  const kind = await asker.choose('What is to be guarded?', kindChoices, 'postgres');
  const name = await asker.ask('Its name?', 'main', (text) => {
    const read = readResource(`${kind}/${text}`);
    return 'problem' in read ? read : { value: text };
  });
  return `${kind}/${name}`;
}

interface Place {
  readonly options: Pick<InitOptions, 'host' | 'port' | 'url' | 'user'>;
  readonly password: InitSecret | null;
}

async function askPlace(options: InitOptions, kind: ResourceKind, asker: Asker): Promise<Place> {
  if (kind === 'http') {
    const url =
      options.url ?? (await asker.ask('A page that shows that it serves?', 'http://127.0.0.1/', readUrl));
    return { options: { url }, password: null };
  }
  const host = options.host ?? (await asker.ask('On which host does it listen?', '127.0.0.1', readWord));
  const port =
    options.port ?? String(await asker.ask('On which port?', String(standardPorts[kind]), readPort));
  const user =
    options.user ??
    (kind === 'postgres'
      ? await asker.ask('As which user does the healer look at it?', 'postgres', readWord)
      : undefined);
  const given = options.passwordFile !== undefined || options.passwordEnvironment !== undefined;
  const typed = given
    ? ''
    : await asker.askSecret('Its password? (not shown; kept in a file of its own; empty: none)');
  return {
    options: { host, port, ...(user === undefined ? {} : { user }) },
    password: typed === '' ? null : { keep: typed },
  };
}

async function askRepair(
  options: InitOptions,
  kind: ResourceKind,
  asker: Asker,
  io: CommandIo,
): Promise<InitRepair> {
  const by = options.repair ?? (await asker.choose('How is it repaired?', repairChoices, 'process'));
  const known = readRepair(by);
  const chosen = 'value' in known ? known.value : 'process';
  const from = async <Value>(
    given: string | undefined,
    question: string,
    standard: string,
    read: (text: string) => Read<Value>,
  ): Promise<string> => {
    if (given !== undefined) return given;
    let raw = '';
    await asker.ask(question, standard, (text) => {
      raw = text;
      return read(text);
    });
    return raw;
  };
  const answered: InitOptions =
    chosen === 'process'
      ? { command: await from(options.command, 'The program, with its arguments?', '', readCommand) }
      : chosen === 'http'
        ? { repairUrl: await from(options.repairUrl, 'The address that repairs it?', '', readUrl) }
        : {
            saltUrl: await from(
              options.saltUrl,
              'The address of salt-api?',
              'http://127.0.0.1:8000',
              readUrl,
            ),
            minion: await from(options.minion, 'The id of the minion that runs it?', '', readMinion),
            service: await from(
              options.service,
              'The name of the service there?',
              standardServices[kind],
              readWord,
            ),
          };
  const isSalt = chosen === 'salt' || chosen === 'salt-hook';
  const hasSecret = options.saltSecretFile !== undefined || options.saltSecretEnvironment !== undefined;
  const typed = isSalt && !hasSecret ? await askSaltSecret(asker) : null;
  const { repair } = answersFromOptions(
    {
      ...options,
      ...answered,
      tell: 'none',
      repair: by,
      resource: kind,
      ...(typed === null ? {} : { saltSecretEnvironment: 'TYPED' }),
    },
    io,
  );
  return typed !== null && 'secret' in repair ? { ...repair, secret: { keep: typed } } : repair;
}

async function askSaltSecret(asker: Asker): Promise<string> {
  for (;;) {
    const typed = await asker.askSecret('Its secret? (not shown; kept in a file of its own)');
    if (typed !== '') return typed;
  }
}
