import { z } from 'zod';
import type { Engine } from '../../engine/engine.ts';
import { RequestProblem } from '../problem.ts';
import { countInQuery, idText, nameText } from '../read-request.ts';
import type { AddRoute, RouteDeclaration } from '../route.ts';

const limit = countInQuery({ least: 1, most: 500, standard: 100 });

const listResources = {
  id: 'listResources',
  method: 'GET',
  path: '/v1/resources',
  summary: 'The resources that are configured or were heard of, by name',
  role: 'viewer',
  query: z.strictObject({
    match: nameText.optional().describe('A name, or one with `*`, which stands for any run of characters.'),
    cursor: nameText.optional().describe('`next` of the page before.'),
    limit,
  }),
  answer: { status: 200, shape: 'Resources', description: 'A page of them.' },
} as const satisfies RouteDeclaration;

const getResource = {
  id: 'getResource',
  method: 'GET',
  path: '/v1/resources/:kind/:name',
  summary: 'One resource with what each instance sees, its steps, and who depends on it',
  role: 'viewer',
  params: z.object({ kind: nameText, name: nameText }),
  query: z.strictObject({ cursor: idText.optional().describe('`next` of the page before.'), limit }),
  answer: { status: 200, shape: 'Resource', description: 'It, with a page of its instances.' },
  problems: ['not-found'],
} as const satisfies RouteDeclaration;

export function resourceRoutes(add: AddRoute, engine: Engine): void {
  add(listResources, ({ query: { match, cursor = null, limit } }) => {
    const { items, next } = engine.resources({
      after: cursor,
      limit,
      ...(match === undefined ? {} : { match }),
    });
    return next === null ? { items } : { items, next };
  });

  add(getResource, ({ params: { kind, name }, query: { cursor = null, limit } }) => {
    const detail = engine.resource(`${kind}/${name}`, { after: cursor, limit });
    if (detail === null) {
      const where = 'GET /v1/resources lists them';
      throw new RequestProblem('not-found', `there is no resource ${kind}/${name}: ${where}`);
    }
    const { nextInstances: next, ...rest } = detail;
    return next === null ? rest : { ...rest, next };
  });
}
