import { parseDuration } from '@prunella/core';
import { z } from 'zod';
import { readAnswer } from './answers.ts';
import type { CommandIo, CommandModule } from './command.ts';
import { addConnectionOptions, type ConnectionOptions, connect } from './connection.ts';
import { countOption } from './count-option.ts';
import { CommandFailure } from './failure.ts';
import { askAsAdmin } from './healer-client.ts';
import { coloursFor, printable, timeText, writeJson } from './output.ts';

interface AuditOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly actor?: string;
  readonly action?: string;
  readonly result?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit?: number;
}

const entry = z.looseObject({
  sequence: z.number(),
  at: z.number(),
  actor: z.looseObject({
    name: z.string(),
    role: z.string().nullable(),
    by: z.string(),
    person: z.string().optional(),
  }),
  from: z.string().nullable(),
  via: z.string().optional(),
  action: z.string(),
  target: z.record(z.string(), z.string()),
  result: z.string(),
  detail: z.string(),
});

type Entry = z.output<typeof entry>;

const page = z.looseObject({ items: z.array(entry), next: z.string().optional() });

const pageSize = 500;

/** As times are shown, or as ISO 8601 has them; where no zone is written it is UTC, as in all that is shown. */
const writtenTime = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(z|[+-]\d\d:\d\d)?)?$/i;

export const auditCommand: CommandModule = {
  name: 'audit',
  register(program, io) {
    const command = program
      .command('audit')
      .description('who did what, from where, and what became of it, newest first (as an admin)')
      .option('--actor <name>', 'only what this token or person did')
      .option('--action <id>', 'only this, such as approveAttempt, pauseAll or createToken')
      .option('--result <result>', 'only what was done, refused or failed')
      .option('--since <time>', 'a time in UTC such as 2026-11-26T08:00, or how long ago, such as 24h')
      .option('--until <time>', 'the same; entries before it')
      .addOption(countOption('limit', 'at most this many (50)'))
      .addHelpText(
        'after',
        '\nEach entry holds the hash of the one before (--json shows them); `prunella doctor` follows the chain.',
      );
    addConnectionOptions(command).action(async (options: AuditOptions) => audit(options, io));
  },
};

async function audit(options: AuditOptions, io: CommandIo): Promise<void> {
  const query = queryOf(options);
  const connection = await connect(options, io);
  const most = options.limit ?? 50;
  const entries: Entry[] = [];
  let cursor: string | undefined;
  do {
    const limit = String(Math.min(pageSize, most - entries.length));
    const asked = new URLSearchParams({ ...query, limit, ...(cursor === undefined ? {} : { cursor }) });
    const { items, next } = readAnswer(page, await askAsAdmin(connection, 'GET', `v1/audit?${asked}`));
    entries.push(...items);
    cursor = next;
  } while (cursor !== undefined && entries.length < most);
  if (options.json === true) {
    writeJson(io.stdout, { entries, more: cursor !== undefined });
    return;
  }
  if (entries.length === 0) io.stdout.write('Nothing is written of that.\n');
  for (const one of entries) io.stdout.write(lineOf(one, io));
  if (cursor !== undefined) io.stderr.write(`There is more: --limit ${most * 2}\n`);
}

function lineOf({ at, actor, from, via, action, target, result, detail }: Entry, io: CommandIo): string {
  const { faint, red, yellow } = coloursFor(io.stdout, io.environment);
  const who = actor.person === undefined ? actor.name : `${actor.person} (as ${actor.name})`;
  const where = from === null ? 'this host' : via === undefined ? from : `${from} by ${via}`;
  const became = result === 'done' ? result : result === 'refused' ? yellow(result) : red(result);
  const about = Object.values(target).join(', ');
  const said = detail === '' ? '' : `: ${printable(detail)}`;
  const role = actor.role === null ? '' : `, ${actor.role}`;
  return `${faint(timeText(at))}  ${printable(`${who}${role}, ${where}  ${action} ${about}`.trimEnd())}  ${became}${said}\n`;
}

function queryOf({ actor, action, result, since, until }: AuditOptions): Record<string, string> {
  if (result !== undefined && !['done', 'refused', 'failed'].includes(result)) {
    throw new CommandFailure(2, 'option-wrong', `--result ${result} is none`, 'take done, refused or failed');
  }
  return {
    ...(actor === undefined ? {} : { actor }),
    ...(action === undefined ? {} : { action }),
    ...(result === undefined ? {} : { result }),
    ...(since === undefined ? {} : { since: String(timeOption('since', since)) }),
    ...(until === undefined ? {} : { until: String(timeOption('until', until)) }),
  };
}

function timeOption(name: string, text: string): number {
  const agoMs = parseDuration(text);
  if (agoMs !== null) return Math.max(0, Date.now() - agoMs);
  const [, day = '', time = '00:00', zone = 'Z'] = writtenTime.exec(text) ?? [];
  const at = Date.parse(`${day}T${time}${zone.toUpperCase()}`);
  if (!Number.isNaN(at) && at >= 0) return at;
  throw new CommandFailure(
    2,
    'option-wrong',
    `--${name} ${text} is no time`,
    `write it as 2026-11-26T08:00 (UTC), or as how long ago, such as 90m or 7d`,
  );
}
