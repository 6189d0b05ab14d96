import { answers, readAnswer } from '../answers.ts';
import type { CommandIo } from '../command.ts';
import { describeEvent } from '../describe-event.ts';
import type { HealerConnection } from '../healer-client.ts';
import { printable, timeText } from '../output.ts';
import type { LinkState } from './fleet-view.ts';
import { followStream } from './follow-stream.ts';
import { sentence } from './text.ts';

/**
 * One line an event, for pipes and files; with `json` one JSON object a line. What became of the connection is told
 * on stderr.
 */
export async function watchAsLines(
  connection: HealerConnection,
  resource: string | null,
  json: boolean,
  io: CommandIo,
): Promise<void> {
  const write = (line: string) => io.stdout.write(`${printable(line).replaceAll('\n', ' ')}\n`);
  let isFirst = true;
  const onEvent = (name: string, data: unknown) => {
    if (name === 'log') write(json ? JSON.stringify(data) : lineOf(data));
    if (name === 'now' && isFirst && !json) {
      isFirst = false;
      write(sentence({ resource, ...readAnswer(answers.streamNow, data) }));
    }
  };
  let wasLost = false;
  const onLink = (link: LinkState) => {
    if (link.is === 'lost') io.stderr.write(`connection lost (${printable(link.why)}): trying again\n`);
    if (link.is === 'live' && wasLost) io.stderr.write('connected again; nothing was missed\n');
    wasLost = link.is === 'lost' || (wasLost && link.is !== 'live');
  };
  await followStream(connection, resource, { onEvent, onLink }, connection.interrupted);
}

function lineOf(data: unknown): string {
  const { at, resource, incident, event } = readAnswer(answers.logEntry, data);
  const named = incident === null ? resource : `${resource} [${incident}]`;
  return `${timeText(at)}  ${named}  ${describeEvent(event)}`;
}
