import { resolve } from 'node:path';
import { type JournalEntry, JournalError, type JournalView, viewJournal } from '@prunella/guard/journal';
import type { Command as CommanderCommand } from 'commander';
import type { CommandIo, CommandModule } from './command.ts';
import { CommandFailure } from './failure.ts';
import { type Asked, askFor } from './journal-orders.ts';
import { coloursFor, printable, timeText, writeJson } from './output.ts';

interface ListOptions {
  readonly resource?: string;
  readonly state?: string;
  readonly after?: string;
  readonly limit?: string;
  readonly json?: boolean;
}

interface OrderOptions {
  readonly all?: boolean;
  readonly json?: boolean;
}

const defaultLimit = 100;
/** Set aside and asked for at once. */
const retryAllAtMost = 10_000;

export const journalCommand: CommandModule = {
  name: 'journal',
  register(program, io) {
    const journal = program
      .command('journal')
      .description("look into a guard's journal of kept writes, also while the application has it open")
      .addHelpText(
        'after',
        '\nEach prints JSON for programs with --json.\n' +
          'Exit status: 0 done or asked for, 1 failed or refused, 2 wrong usage.',
      );
    listing(journal, 'list', 'list kept writes, oldest first', io).option(
      '--state <state>',
      'waiting or poison; else both',
    );
    listing(journal, 'poison', 'list writes that were set aside, and why', io);
    journal
      .command('show')
      .description('show one write with its payload')
      .argument('<file>', 'the file of the journal')
      .argument('<id>', 'as `list` gives it')
      .option('--json', 'print JSON for programs')
      .action((file: string, id: string, options: OrderOptions) => show(file, id, options, io));
    ordering(journal, 'retry', 'let writes that were set aside be tried again', io).option(
      '--all',
      'all that were set aside',
    );
    ordering(journal, 'discard', 'give writes up: they will not be made', io);
  },
};

function listing(
  journal: CommanderCommand,
  name: 'list' | 'poison',
  description: string,
  io: CommandIo,
): CommanderCommand {
  return journal
    .command(name)
    .description(description)
    .argument('<file>', 'the file of the journal')
    .option('--resource <resource>', 'only those to this resource')
    .option('--after <id>', 'only those after this one')
    .option('--limit <number>', `at most this many, 1 to 10000 (${defaultLimit})`)
    .option('--json', 'print JSON for programs')
    .action((file: string, options: ListOptions) =>
      list(file, name === 'poison' ? { ...options, state: 'poison' } : options, io),
    );
}

function ordering(
  journal: CommanderCommand,
  action: Asked['action'],
  description: string,
  io: CommandIo,
): CommanderCommand {
  return journal
    .command(action)
    .description(`${description}; a running application is asked to do it`)
    .argument('<file>', 'the file of the journal')
    .argument('[ids...]', 'as `list` gives them')
    .option('--json', 'print JSON for programs')
    .action((file: string, ids: string[], options: OrderOptions) => order(action, file, ids, options, io));
}

async function list(file: string, options: ListOptions, io: CommandIo): Promise<void> {
  const { resource, state, json } = options;
  if (state !== undefined && state !== 'waiting' && state !== 'poison') {
    throw usage(`--state must be waiting or poison, not ${state}`);
  }
  const after = options.after === undefined ? 0 : wholeNumber('--after', options.after, 0);
  const limit = options.limit === undefined ? defaultLimit : wholeNumber('--limit', options.limit, 1, 10_000);
  const entries = await viewing(file, io, (view) =>
    view.list({
      after,
      limit,
      ...(resource !== undefined && { resource }),
      ...(state !== undefined && { state }),
    }),
  );
  if (json === true) {
    writeJson(io.stdout, { entries });
    return;
  }
  if (entries.length === 0) io.stdout.write(state === 'poison' ? 'None is set aside.\n' : 'None is kept.\n');
  for (const entry of entries) io.stdout.write(`${head(entry, io)}\n  ${why(entry)}\n`);
  const last = entries.at(-1);
  if (last !== undefined && entries.length === limit) {
    io.stdout.write(`There may be more: --after ${last.id}\n`);
  }
}

async function show(file: string, text: string, options: OrderOptions, io: CommandIo): Promise<void> {
  const entry = await viewing(file, io, (view) => known(view, wholeNumber('<id>', text, 1), file));
  if (options.json === true) {
    writeJson(io.stdout, { entry });
    return;
  }
  const payload = JSON.stringify(entry.payload, null, 2).replaceAll('\n', '\n  ');
  io.stdout.write(
    `${head(entry, io)}\n  ${why(entry)}\n  idempotency key ${printable(entry.idempotencyKey)}\n  ${printable(payload)}\n`,
  );
}

async function order(
  action: Asked['action'],
  file: string,
  texts: readonly string[],
  options: OrderOptions,
  io: CommandIo,
): Promise<void> {
  if ((options.all === true) === texts.length > 0) {
    throw usage(
      action === 'retry' ? 'name the writes by their ids, or all by --all' : 'name the writes by their ids',
    );
  }
  const named = texts.map((text) => wholeNumber('<ids>', text, 1));
  const asked = await viewing(file, io, async (view) => {
    const ids =
      options.all === true
        ? view.list({ state: 'poison', limit: retryAllAtMost }).map(({ id }) => id)
        : named.map((id) => known(view, id, file).id);
    return askFor(view, resolve(io.workingDirectory, file), { action, ids }, io.interrupted);
  });
  if (options.json === true) {
    writeJson(io.stdout, { action, done: asked.done, requested: asked.requested });
    return;
  }
  const did = action === 'retry' ? 'waits to be tried again, or has been' : 'is given up';
  for (const id of asked.done) io.stdout.write(`${id} ${did}\n`);
  for (const id of asked.requested) {
    io.stdout.write(`${id} is asked for: the application has not answered yet, and will when it can\n`);
  }
  if (asked.done.length + asked.requested.length === 0) io.stdout.write('None is set aside.\n');
}

async function viewing<Result>(
  file: string,
  io: CommandIo,
  look: (view: JournalView) => Promise<Result> | Result,
): Promise<Result> {
  let view: JournalView | undefined;
  try {
    view = await viewJournal(resolve(io.workingDirectory, file));
    return await look(view);
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    throw new CommandFailure(1, error.code, error.message, null, { cause: error });
  } finally {
    view?.close();
  }
}

function known(view: JournalView, id: number, file: string): JournalEntry {
  const entry = view.entry(id);
  if (entry !== undefined) return entry;
  const message = `there is no write ${id} in ${file}: it may have been made meanwhile`;
  throw new CommandFailure(1, 'journal-no-such-entry', message, `see: prunella journal list ${file}`);
}

function head({ id, resource, name, key, state, keptAt, attempts }: JournalEntry, io: CommandIo): string {
  const { bold, red, faint } = coloursFor(io.stdout, io.environment);
  const times = attempts === 0 ? '' : `, ${attempts} failed ${attempts === 1 ? 'try' : 'tries'}`;
  const painted = state === 'poison' ? red('set aside') : 'waiting';
  const what = printable(`${name} ${key}`);
  return `${bold(String(id))}  ${what}  to ${printable(resource)}  ${painted}${times}  ${faint(`kept ${timeText(keptAt)}`)}`;
}

function why({ fault }: JournalEntry): string {
  return printable(fault.message);
}

function wholeNumber(name: string, text: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  throw usage(`${name} must be a whole number from ${least} to ${most}, not ${text}`);
}

function usage(message: string): CommandFailure {
  return new CommandFailure(2, 'usage', message, null);
}
