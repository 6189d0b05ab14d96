import { z } from 'zod';
import type { Engine } from '../../engine/engine.ts';
import { EventStream } from '../event-stream.ts';
import type { ExplanationFeed } from '../explanation-feed.ts';
import { LogReader, resumePlace } from '../log-reader.ts';
import type { OpenRequests } from '../open-requests.ts';
import { idText, nameText, optionalCountInQuery } from '../read-request.ts';
import type { AddRoute, RouteDeclaration } from '../route.ts';

/** Explanations in the first event: well below what a reader may let wait unread. */
const firstExplanations = 500;

const declaration = {
  id: 'stream',
  method: 'GET',
  path: '/v1/stream',
  summary: 'What changes, as it changes: the whole fleet, explanations, the log (server-sent events)',
  description: `Begins with \`now\`, each time that a reader comes: \`{ paused, refusedConfiguration, deadChannels, states, explanations, more }\`, with the count of resources by state and the explanations of what is not ok, the most urgent first, at most ${firstExplanations} (\`more\`: how many are left out; \`GET /v1/explanations\` has all). After it:

- \`explanation\`: one that changed, whole; its state may be \`ok\` now
- \`fleet\`: \`{ paused, refusedConfiguration, deadChannels, states }\`, where one of them changed
- \`log\`: an entry of the log, with its sequence as \`id\`

With \`Last-Event-ID\` (or \`?after=\`) the log goes on from there without a gap; without, or where the log does not reach as far, as after a restore, it begins with the next entry, and \`now\` has the sequence of the newest one as \`id\`, so that also who comes back before the first entry misses none. Explanations are state: \`now\` replaces what a reader had. A reader that is too slow is cut, and comes back.`,
  role: 'viewer',
  query: z.strictObject({
    resource: nameText.optional().describe('Explanations and entries of this one only.'),
    incident: idText.optional().describe('Entries of this one only.'),
    after: optionalCountInQuery(0),
    log: z.enum(['true', 'false']).default('true').describe('Without the log where false.'),
  }),
  headers: z.object({ 'last-event-id': optionalCountInQuery(0) }),
  answer: { status: 200, mediaType: 'text/event-stream', description: 'Open until one of both ends it.' },
  problems: ['too-many-open'],
} as const satisfies RouteDeclaration;

export function streamRoute(add: AddRoute, engine: Engine, feed: ExplanationFeed, open: OpenRequests): void {
  add(declaration, async ({ query: { resource, incident, after, log }, headers, reply }) => {
    const asked = headers['last-event-id'] ?? after;
    const { newest, resumeAt } =
      log === 'true' ? await resumePlace(engine, asked) : { newest: 0, resumeAt: undefined };
    const gone = open.holdStream(reply);
    const ends: (() => void)[] = [];
    reply.hijack();
    const stream = new EventStream(reply.raw, gone, 'prunella', () => {
      for (const end of ends) end();
    });
    if (stream.isOver) return;
    ends.push(
      feed.subscribe({
        explanation: (name, text) => {
          if (resource === undefined || name === resource) stream.sendText('event: explanation\n', text);
        },
        fleet: (text) => stream.sendText('event: fleet\n', text),
      }),
    );
    const id = log === 'false' || resumeAt !== undefined ? '' : `id: ${newest}\n`;
    stream.sendText(`${id}event: now\n`, feed.now(firstExplanations, resource));
    if (log === 'false') return;
    const reading = { filter: { resource, incident }, resumeAt: resumeAt ?? newest, event: 'log' };
    ends.push(new LogReader(engine, reading).start(stream));
  });
}
