import { z } from 'zod';
import type { Engine } from '../../engine/engine.ts';
import { EventStream } from '../event-stream.ts';
import { LogReader, resumePlace } from '../log-reader.ts';
import type { OpenRequests } from '../open-requests.ts';
import { idText, nameText, optionalCountInQuery } from '../read-request.ts';
import type { AddRoute, RouteDeclaration } from '../route.ts';

const stream = {
  id: 'streamLog',
  method: 'GET',
  path: '/v1/log/stream',
  summary: 'Each entry of the log as it is written (server-sent events)',
  description:
    'Each event has the sequence of its entry as `id` and the entry as JSON in `data`. With `Last-Event-ID` (or `?after=`) it goes on from there without a gap; without, or where the log does not reach as far, as after a restore, it begins with the next entry. A reader that is too slow is cut, and comes back with `Last-Event-ID`.',
  role: 'viewer',
  query: z.strictObject({
    resource: nameText.optional(),
    incident: idText.optional(),
    after: optionalCountInQuery(0),
  }),
  headers: z.object({ 'last-event-id': optionalCountInQuery(0) }),
  answer: { status: 200, mediaType: 'text/event-stream', description: 'Open until one of both ends it.' },
  problems: ['too-many-open'],
} as const satisfies RouteDeclaration;

export function logStreamRoute(add: AddRoute, engine: Engine, open: OpenRequests): void {
  add(stream, async ({ query: { after, ...filter }, headers, reply }) => {
    const asked = headers['last-event-id'] ?? after;
    const { resumeAt } = asked === undefined ? { resumeAt: undefined } : await resumePlace(engine, asked);
    const gone = open.holdStream(reply);
    const reader = new LogReader(engine, { filter, resumeAt });
    reply.hijack();
    let end = () => {};
    const events = new EventStream(reply.raw, gone, 'the log', () => end());
    if (!events.isOver) end = reader.start(events);
  });
}
