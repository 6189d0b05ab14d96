import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Backend } from '../../backends/backend.ts';
import { RequestProblem } from '../problem.ts';
import { idText, readPart } from '../read-request.ts';

const parameters = z.object({ attempt: idText });
const bodyLimitBytes = 262_144;

/**
 * `POST /v1/callbacks/ATTEMPT`: how an order ended, from whoever carried it out. Nobody is authenticated: the
 * backend whose order it is believes a message by its signature, which covers the bytes as they came.
 */
export function callbackRoute(app: FastifyInstance, backends: readonly Backend[]): void {
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    done(null, body);
  });
  app.post('/v1/callbacks/:attempt', { bodyLimit: bodyLimitBytes }, async (request, reply) => {
    const { attempt } = readPart(parameters, request.params);
    const body = typeof request.body === 'string' ? request.body : '';
    for (const backend of backends) {
      const verdict = await backend.callback?.(attempt, request.headers, body);
      if (verdict === undefined || verdict.verdict === 'unknown') continue;
      if (verdict.verdict === 'refused') throw new RequestProblem('not-authenticated', verdict.why);
      if (verdict.verdict === 'malformed') throw new RequestProblem('malformed', verdict.why);
      return reply.status(202).send({ taken: true });
    }
    throw new RequestProblem('not-found', 'no order waits for this message');
  });
}
