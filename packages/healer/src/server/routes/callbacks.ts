import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { RefusalFigures } from '../../access/refused-credentials.ts';
import type { Backend } from '../../backends/backend.ts';
import { RequestProblem } from '../problem.ts';
import { idText } from '../read-request.ts';
import type { AddRoute, RouteDeclaration } from '../route.ts';

const callback = {
  id: 'takeCallback',
  method: 'POST',
  path: '/v1/callbacks/:attempt',
  summary: 'How an order ended, from whoever carried it out',
  description:
    'Nobody is authenticated by a token: the backend whose order it is believes a message by its signature, which covers the bytes as they came.',
  role: null,
  params: z.object({ attempt: idText }),
  readsBody: 'CallbackBody',
  bodyLimitBytes: 262_144,
  answer: { status: 202, shape: 'CallbackReceipt', description: 'Taken.' },
  problems: ['malformed', 'not-authenticated', 'not-found'],
} as const satisfies RouteDeclaration;

/** In a scope of its own, since it reads bodies as text. */
export function callbackRoute(
  app: FastifyInstance,
  add: AddRoute,
  backends: readonly Backend[],
  figures: RefusalFigures,
): void {
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    done(null, body);
  });
  add(callback, async ({ params: { attempt }, request }) => {
    const body = typeof request.body === 'string' ? request.body : '';
    for (const backend of backends) {
      const verdict = await backend.callback?.(attempt, request.headers, body);
      if (verdict === undefined || verdict.verdict === 'unknown') continue;
      if (verdict.verdict === 'refused') {
        figures.credentialRefused('signature');
        throw new RequestProblem('not-authenticated', verdict.why);
      }
      if (verdict.verdict === 'malformed') throw new RequestProblem('malformed', verdict.why);
      return { taken: true } as const;
    }
    throw new RequestProblem('not-found', 'no order waits for this message');
  });
}
