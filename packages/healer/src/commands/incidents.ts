import type { AttemptView, IncidentView } from '../engine/engine.ts';
import { type AnsweredLogEntry, answers, readAnswer } from './answers.ts';
import type { CommandIo, CommandModule } from './command.ts';
import { addConnectionOptions, type ConnectionOptions, connect } from './connection.ts';
import { countOption } from './count-option.ts';
import { describeEvent } from './describe-event.ts';
import { askHealer, type HealerConnection } from './healer-client.ts';
import { coloursFor, printable, timeText, writeJson } from './output.ts';
import { printPause } from './pause-notice.ts';

interface IncidentsOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly open?: boolean;
  readonly limit?: number;
}

/** Entries that the healer gives in one answer. */
const pageSize = 1_000;

export const incidentsCommand: CommandModule = {
  name: 'incidents',
  register(program, io) {
    const command = program
      .command('incidents')
      .description('list incidents, newest first; or tell the whole story of one')
      .argument('[incident]', 'id of the one to tell')
      .option('--open', 'only those that are open')
      .addOption(countOption('limit', 'at most this many (20 incidents; 10,000 lines of a story)'));
    addConnectionOptions(command).action(async (incident: string | undefined, options: IncidentsOptions) => {
      const connection = await connect(options, io);
      if (incident === undefined) await list(connection, options, io);
      else await tell(connection, incident, options, io);
    });
  },
};

async function list(connection: HealerConnection, options: IncidentsOptions, io: CommandIo): Promise<void> {
  const { paused, incidents } = await readIncidents(connection, options);
  if (options.json === true) {
    writeJson(io.stdout, { paused, incidents });
    return;
  }
  printPause(paused, io);
  if (incidents.length === 0) {
    io.stdout.write(options.open === true ? 'No incident is open.\n' : 'There has been no incident.\n');
    return;
  }
  io.stdout.write(incidents.map((incident) => renderIncident(incident, io)).join('\n'));
}

function renderIncident(incident: IncidentView, io: CommandIo): string {
  const { bold, red, green, faint } = coloursFor(io.stdout, io.environment);
  const state = incident.state === 'open' ? red('open') : green('closed');
  const closed = incident.closedAt === null ? '' : `, closed ${timeText(incident.closedAt)}`;
  const head = `${bold(printable(incident.incident))}  ${printable(incident.resource)}  ${state}`;
  const times = faint(`opened ${timeText(incident.openedAt)}${closed}`);
  const attempts = incident.attempts.map((attempt) => `    ${renderAttempt(attempt)}\n`);
  return `${head}  ${times}\n  ${printable(incident.story)}\n${attempts.join('')}`;
}

function renderAttempt(attempt: AttemptView): string {
  const where = attempt.targets.length === 0 ? '' : ` on ${attempt.targets.join(', ')}`;
  const became = [attempt.phase, attempt.outcome, attempt.verdict].filter((word) => word !== null).join(', ');
  const started = attempt.startedAt === null ? '' : `${timeText(attempt.startedAt)} `;
  const notes = [
    attempt.targets.length > 0 && !attempt.targetsResolved ? 'targets as written, not resolved' : '',
    // Before the target has answered nobody knows.
    attempt.startedAt !== null && attempt.phase !== 'dispatched' && !attempt.fenced ? 'fences: no' : '',
  ].filter((note) => note !== '');
  const noted = notes.length === 0 ? '' : ` (${notes.join('; ')})`;
  const why = attempt.reason === null ? '' : `: ${attempt.reason}`;
  return printable(
    `${started}${attempt.attempt} ${attempt.action} run ${attempt.run}${where}: ${became}${noted}${why}`,
  );
}

async function tell(
  connection: HealerConnection,
  incident: string,
  options: IncidentsOptions,
  io: CommandIo,
): Promise<void> {
  const entries = await readLog(connection, incident, options.limit ?? 10_000);
  if (options.json === true) {
    writeJson(io.stdout, { incident, entries });
    return;
  }
  const { faint } = coloursFor(io.stdout, io.environment);
  for (const entry of entries) {
    io.stdout.write(`${faint(timeText(entry.at, true))}  ${printable(describeEvent(entry.event))}\n`);
  }
}

async function readIncidents(connection: HealerConnection, { open, limit = 20 }: IncidentsOptions) {
  const incidents: IncidentView[] = [];
  let cursor = '';
  for (;;) {
    const wanted = Math.min(pageSize, limit - incidents.length);
    const query = `?limit=${wanted}${open === true ? '&open=true' : ''}${cursor}`;
    const page = readAnswer(answers.incidents, await askHealer(connection, 'GET', `v1/incidents${query}`));
    incidents.push(...page.incidents);
    const { paused, next } = page;
    if (next === undefined || incidents.length >= limit) return { paused, incidents };
    cursor = `&cursor=${encodeURIComponent(next)}`;
  }
}

async function readLog(
  connection: HealerConnection,
  incident: string,
  limit: number,
): Promise<AnsweredLogEntry[]> {
  const entries: AnsweredLogEntry[] = [];
  for (;;) {
    const wanted = Math.min(pageSize, limit - entries.length);
    const last = entries.at(-1);
    const after = last === undefined ? '' : `&after=${last.sequence}`;
    const path = `v1/incidents/${encodeURIComponent(incident)}/log?limit=${wanted}${after}`;
    const page = readAnswer(answers.log, await askHealer(connection, 'GET', path)).entries;
    entries.push(...page);
    if (page.length < wanted || entries.length >= limit) return entries;
  }
}
