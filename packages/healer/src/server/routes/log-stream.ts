import type { ServerResponse } from 'node:http';
import type { LogEntry } from '@prunella/core';
import { z } from 'zod';
import type { Engine } from '../../engine/engine.ts';
import { type OpenRequests, serverCloses } from '../open-requests.ts';
import { idText, nameText, optionalCountInQuery } from '../read-request.ts';
import type { AddRoute, RouteDeclaration } from '../route.ts';

/** A comment this often keeps proxies from closing a quiet stream, and tells a watcher that we live. */
const keepAliveMs = 15_000;

/** A reader that lets this much wait unread is cut; it comes back with `Last-Event-ID` and has lost nothing. */
const unreadLimitBytes = 1_048_576;

/** Entries that arrive while history is still being read. Beyond it the reader is cut, too. */
const waitingLimit = 10_000;

const pageSize = 1_000;

const stream = {
  id: 'streamLog',
  method: 'GET',
  path: '/v1/log/stream',
  summary: 'Each entry of the log as it is written (server-sent events)',
  description:
    'Each event has the sequence of its entry as `id` and the entry as JSON in `data`. With `Last-Event-ID` (or `?after=`) it goes on from there without a gap; without, it begins with the next entry. A reader that is too slow is cut, and comes back with `Last-Event-ID`.',
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

type Filter = { readonly resource?: string | undefined; readonly incident?: string | undefined };

export function logStreamRoute(add: AddRoute, engine: Engine, open: OpenRequests): void {
  add(stream, async ({ query: { after, ...filter }, headers, reply }) => {
    const resumeAt = headers['last-event-id'] ?? after;
    const gone = open.hold(reply);
    reply.hijack();
    await streamLog(engine, filter, resumeAt, reply.raw, gone);
  });
}

async function streamLog(
  engine: Engine,
  filter: Filter,
  resumeAt: number | undefined,
  response: ServerResponse,
  gone: AbortSignal,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write(': the log\n\n');
  const end = () => response.destroy();
  let lastSent = resumeAt ?? -1;
  const send = (entry: LogEntry) => {
    if (entry.sequence <= lastSent) return;
    lastSent = entry.sequence;
    response.write(`id: ${entry.sequence}\ndata: ${JSON.stringify(entry)}\n\n`);
    if (response.writableLength > unreadLimitBytes) end();
  };
  // While history is read, what happens meanwhile waits here.
  let waiting: LogEntry[] | null = resumeAt === undefined ? null : [];
  const unsubscribe = engine.onLog((entry) => {
    if (!isWanted(entry, filter)) return;
    if (waiting === null) send(entry);
    else if (waiting.length < waitingLimit) waiting.push(entry);
    else end();
  });
  const timer = setInterval(() => response.write(': alive\n\n'), keepAliveMs);
  timer.unref();
  gone.addEventListener(
    'abort',
    () => {
      unsubscribe();
      clearInterval(timer);
      // A comment: whoever follows comes back, and has lost nothing.
      if (gone.reason === serverCloses) response.end(`: ${serverCloses}\n\n`);
      else end();
    },
    { once: true },
  );
  if (waiting === null) return;
  try {
    await sendHistory(engine, filter, resumeAt ?? 0, send, response, gone);
    for (const entry of waiting) send(entry);
    waiting = null;
  } catch {
    // The store could not be read: the reader comes back and asks again.
    end();
  }
}

async function sendHistory(
  engine: Engine,
  filter: Filter,
  after: number,
  send: (entry: LogEntry) => void,
  response: ServerResponse,
  gone: AbortSignal,
): Promise<void> {
  let cursor = after;
  for (;;) {
    const page = await engine.log({ after: cursor, limit: pageSize, ...onlyWritten(filter) });
    for (const entry of page) send(entry);
    cursor = page.at(-1)?.sequence ?? cursor;
    if (page.length < pageSize || gone.aborted) return;
    if (response.writableNeedDrain) await drained(response, gone);
  }
}

function drained(response: ServerResponse, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    response.once('drain', resolve);
    gone.addEventListener('abort', () => resolve(), { once: true });
  });
}

function isWanted(entry: LogEntry, filter: Filter): boolean {
  if (filter.resource !== undefined && entry.resource !== filter.resource) return false;
  return filter.incident === undefined || entry.incident === filter.incident;
}

function onlyWritten({ resource, incident }: Filter) {
  return {
    ...(resource === undefined ? {} : { resource }),
    ...(incident === undefined ? {} : { incident }),
  };
}
