import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Engine } from '../../engine/engine.ts';
import type { OpenRequests } from '../open-requests.ts';
import { countInQuery, nameText, readPart } from '../read-request.ts';

/** Below the minute after which proxies give up. */
const longestWaitMs = 55_000;

const query = z.object({
  instance: nameText,
  epoch: nameText.optional(),
  after: z.string().max(500).optional(),
  waitMs: countInQuery({ least: 0, most: longestWaitMs, standard: 25_000 }),
});

/** `GET /v1/directives`: held open until there is something to say, the wait is over, or the client goes. */
export function directiveRoutes(app: FastifyInstance, engine: Engine, open: OpenRequests): void {
  app.get('/v1/directives', async (request, reply) => {
    const { instance, after, waitMs } = readPart(query, request.query);
    const gone = open.hold(reply);
    const over = new AbortController();
    const end = () => over.abort();
    const timer = setTimeout(end, waitMs);
    timer.unref();
    gone.addEventListener('abort', end, { once: true });
    if (gone.aborted) end();
    try {
      return await engine.directives(instance, after ?? null, over.signal);
    } finally {
      clearTimeout(timer);
    }
  });
}
