import { answers, readAnswer } from '../answers.ts';
import type { CommandIo } from '../command.ts';
import { describeEvent } from '../describe-event.ts';
import { askHealer, type HealerConnection } from '../healer-client.ts';
import { printable, timeText } from '../output.ts';
import type { LinkState } from './fleet-view.ts';
import { followLog } from './follow-log.ts';
import { sentence } from './text.ts';

/** One line an event, for pipes and files; with `json` one JSON object a line. What became of the connection is told on stderr. */
export async function watchAsLines(
  connection: HealerConnection,
  resource: string | null,
  json: boolean,
  io: CommandIo,
): Promise<void> {
  if (!json) {
    const query = resource === null ? '' : `?resource=${encodeURIComponent(resource)}`;
    const answer = await askHealer(connection, 'GET', `v1/explanations${query}`);
    const { explanations } = readAnswer(answers.explanations, answer);
    io.stdout.write(`${printable(sentence({ explanations, resource }))}\n`);
  }
  let wasLost = false;
  const onLink = (link: LinkState) => {
    if (link.is === 'lost') io.stderr.write(`connection lost (${printable(link.why)}): trying again\n`);
    if (link.is === 'live' && wasLost) io.stderr.write('connected again; nothing was missed\n');
    wasLost = link.is === 'lost' || (wasLost && link.is !== 'live');
  };
  await followLog(
    connection,
    resource,
    {
      onEntry: (entry) => {
        const { at, resource: of, incident, event } = entry;
        const named = incident === null ? of : `${of} [${incident}]`;
        const line = json
          ? JSON.stringify(entry)
          : printable(`${timeText(at)}  ${named}  ${describeEvent(event)}`);
        io.stdout.write(`${line.replaceAll('\n', ' ')}\n`);
      },
      onLink,
    },
    connection.interrupted,
  );
}
