import { z } from 'zod';
import { instanceProblem } from '../../access/binding.ts';
import type { Engine } from '../../engine/engine.ts';
import type { OpenRequests } from '../open-requests.ts';
import { RequestProblem } from '../problem.ts';
import { countInQuery, nameText } from '../read-request.ts';
import type { AddRoute, RouteDeclaration } from '../route.ts';
import { resourceNotSpokenFor } from '../spoken-for.ts';

/** Below the minute after which proxies give up. */
const longestWaitMs = 55_000;

const directives = {
  id: 'awaitDirectives',
  method: 'GET',
  path: '/v1/directives',
  summary: 'What the healer tells the guards of an instance (long poll)',
  description: 'Held open until there is something to say, the wait is over, or the client goes.',
  role: 'reporter',
  query: z.strictObject({
    instance: nameText,
    epoch: nameText.optional(),
    after: z.string().max(500).optional().describe('The `cursor` of the answer before.'),
    waitMs: countInQuery({ least: 0, most: longestWaitMs, standard: 25_000 }),
  }),
  answer: { status: 200, shape: 'Directives', description: 'Newer directives; none where the wait is over.' },
  problems: ['too-many-open'],
} as const satisfies RouteDeclaration;

export function directiveRoutes(add: AddRoute, engine: Engine, open: OpenRequests): void {
  add(directives, async ({ query: { instance, after, waitMs }, caller, reply }) => {
    const problem = caller === null ? null : instanceProblem(caller, instance);
    if (problem !== null) throw new RequestProblem('not-allowed', problem);
    const gone = open.hold(reply);
    const over = new AbortController();
    const end = () => over.abort();
    const timer = setTimeout(end, waitMs);
    timer.unref();
    gone.addEventListener('abort', end, { once: true });
    if (gone.aborted) end();
    try {
      const { cursor, directives: all } = await engine.directives(instance, after ?? null, over.signal);
      return {
        cursor,
        directives: all.filter(({ resource }) => resourceNotSpokenFor(caller, resource) === null),
      };
    } finally {
      clearTimeout(timer);
    }
  });
}
