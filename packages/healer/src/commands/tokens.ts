import type { Command as CommanderCommand } from 'commander';
import { z } from 'zod';
import { readAnswer } from './answers.ts';
import { columns } from './columns.ts';
import type { CommandIo, CommandModule } from './command.ts';
import { addConnectionOptions, type ConnectionOptions, connect } from './connection.ts';
import { durationOption } from './duration-option.ts';
import { CommandFailure } from './failure.ts';
import { askAsAdmin } from './healer-client.ts';
import { coloursFor, printable, timeText, writeJson } from './output.ts';
import { readPages } from './read-pages.ts';

interface TokensOptions extends ConnectionOptions {
  readonly json?: boolean;
}

interface CreateOptions extends TokensOptions {
  readonly role?: string;
  readonly name?: string;
  readonly services?: string;
  readonly resources?: string;
  readonly signals?: string;
  readonly expires?: string;
}

interface RotateOptions extends TokensOptions {
  readonly overlap?: string;
  readonly expires?: string;
}

const time = z.number().nullable();

const token = z.looseObject({
  id: z.string(),
  name: z.string(),
  role: z.string(),
  state: z.string(),
  services: z.array(z.string()).nullable(),
  resources: z.array(z.string()).nullable(),
  signals: z.array(z.string()).nullable().default(null),
  expiresAt: time,
  lastUsedAt: time,
});

type Token = z.output<typeof token>;

const made = z.looseObject({ token, secret: z.string(), former: token.optional() });
const listed = z.looseObject({ items: z.array(token), next: z.string().optional() });
/** More than are good at one time, with those that are over of late. */
const mostListed = 100_000;

export const tokensCommand: CommandModule = {
  name: 'tokens',
  register(program, io) {
    const tokens = program
      .command('tokens')
      .description('make, list, rotate and revoke the tokens of people and applications (as an admin)')
      .addHelpText(
        'after',
        '\nOn the host of the healer, as its user, its local socket stands for an admin; elsewhere an admin\u2019s token is\nneeded. A secret is printed once, on standard output, and kept nowhere.\nEach prints JSON for programs with --json.\n\nExit status: 0 done, 1 failed or refused, 2 wrong usage or configuration, 3 healer not reached.',
      );
    registerCreate(tokens, io);
    registerList(tokens, io);
    registerRotate(tokens, io);
    registerRevoke(tokens, io);
  },
};

function registerCreate(tokens: CommanderCommand, io: CommandIo): void {
  const command = tokens
    .command('create')
    .description('make a token')
    .requiredOption('--role <role>', 'reporter (applications), viewer, operator or admin')
    .requiredOption('--name <name>', 'whose it is, for the audit: a person, an application')
    .option('--services <names>', 'of a reporter: the services that it speaks for, with * and commas')
    .option('--resources <names>', 'of a reporter: the resources that it speaks for, with * and commas')
    .option(
      '--signals <types>',
      "of a reporter: the healer's own types of signals that it may send, such as process.exit, with * and commas",
    )
    .option('--expires <duration>', 'when it ends by itself, such as 90d');
  addConnectionOptions(command).action(async (options: CreateOptions) => create(options, io));
}

function registerList(tokens: CommanderCommand, io: CommandIo): void {
  const command = tokens.command('list').description('list all tokens, without their secrets');
  addConnectionOptions(command).action(async (options: TokensOptions) => list(options, io));
}

function registerRotate(tokens: CommanderCommand, io: CommandIo): void {
  const command = tokens
    .command('rotate')
    .description('make a new secret for the same holder; the one before is good for a while yet')
    .argument('<token>', 'its name or id')
    .option('--overlap <duration>', 'how long the one before is good (a day)')
    .option('--expires <duration>', 'when the new one ends by itself (else as the one before)');
  addConnectionOptions(command).action(async (named: string, options: RotateOptions) =>
    rotate(named, options, io),
  );
}

function registerRevoke(tokens: CommanderCommand, io: CommandIo): void {
  const command = tokens
    .command('revoke')
    .description('end a token at once, and with it the sessions that it opened')
    .argument('<token>', 'its name (with every secret that a rotation left good), or the id of one');
  addConnectionOptions(command).action(async (named: string, options: TokensOptions) =>
    revoke(named, options, io),
  );
}

const roles = ['reporter', 'viewer', 'operator', 'admin'];

async function create(options: CreateOptions, io: CommandIo): Promise<void> {
  const { role = '', name, services, resources, signals, expires } = options;
  if (!roles.includes(role)) {
    throw new CommandFailure(2, 'option-wrong', `--role ${role} is none`, `take one of ${roles.join(', ')}`);
  }
  const connection = await connect(options, io);
  const body = {
    role,
    name,
    ...(services === undefined ? {} : { services: listOf(services) }),
    ...(resources === undefined ? {} : { resources: listOf(resources) }),
    ...(signals === undefined ? {} : { signals: listOf(signals) }),
    ...expiresIn(expires),
  };
  const answer = readAnswer(made, await askAsAdmin(connection, 'POST', 'v1/tokens', body));
  printMade(answer, options, io);
}

async function list(options: TokensOptions, io: CommandIo): Promise<void> {
  const connection = await connect(options, io);
  const asAdmin = { ...connection, asAdmin: true } as const;
  const { items } = await readPages(asAdmin, 'v1/tokens', {}, listed, mostListed);
  if (options.json === true) {
    writeJson(io.stdout, { tokens: items });
    return;
  }
  const head = ['name', 'role', 'state', 'ends', 'last used', 'speaks for', 'id'];
  io.stdout.write(columns([head, ...items.map(rowOf)]));
}

function rowOf(token: Token): string[] {
  const { name, role, state, expiresAt, lastUsedAt, services, resources, signals, id } = token;
  const bound = [...(services ?? []), ...(resources ?? [])].join(', ') || 'all';
  const granted = signals === null ? '' : `; signals ${signals.join(', ')}`;
  const speaksFor = role === 'reporter' ? `${bound}${granted}` : '-';
  return [name, role, state, timeOr(expiresAt, 'never'), timeOr(lastUsedAt, '-'), speaksFor, id];
}

function timeOr(at: number | null, otherwise: string): string {
  return at === null ? otherwise : timeText(at);
}

async function rotate(named: string, options: RotateOptions, io: CommandIo): Promise<void> {
  const connection = await connect(options, io);
  const body = {
    ...(options.overlap === undefined ? {} : { overlapMs: durationOption('overlap', options.overlap) }),
    ...expiresIn(options.expires),
  };
  const path = `v1/tokens/${encodeURIComponent(named)}/rotate`;
  printMade(readAnswer(made, await askAsAdmin(connection, 'POST', path, body)), options, io);
}

async function revoke(named: string, options: TokensOptions, io: CommandIo): Promise<void> {
  const connection = await connect(options, io);
  const path = `v1/tokens/${encodeURIComponent(named)}/revoke`;
  const answer = readAnswer(token, await askAsAdmin(connection, 'POST', path, {}));
  if (options.json === true) writeJson(io.stdout, answer);
  else io.stdout.write(printable(`${answer.name} (${answer.id}) is good for nothing from now on.\n`));
}

/** The secret alone on standard output, so that it can be sent into a file; all else beside it. */
function printMade(answer: z.output<typeof made>, options: TokensOptions, io: CommandIo): void {
  if (options.json === true) {
    writeJson(io.stdout, answer);
    return;
  }
  const { bold } = coloursFor(io.stderr, io.environment);
  const { name, role, id, expiresAt } = answer.token;
  const until = expiresAt === null ? '' : `, until ${timeText(expiresAt)}`;
  io.stderr.write(
    `${bold(printable(name))}, ${printable(`${role} (${id})${until}`)}. It is shown this once:\n`,
  );
  io.stdout.write(`${answer.secret}\n`);
  const end = answer.former?.expiresAt ?? null;
  if (end !== null) io.stderr.write(`The one before is good until ${timeText(end)}.\n`);
}

function expiresIn(text: string | undefined) {
  return text === undefined ? {} : { expiresInMs: durationOption('expires', text) };
}

function listOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
