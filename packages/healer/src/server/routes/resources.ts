import { z } from 'zod';
import type { Engine } from '../../engine/engine.ts';
import { Cursors, pageQuery } from '../paging.ts';
import { RequestProblem } from '../problem.ts';
import { countInQuery, nameText } from '../read-request.ts';
import type { AddRoute, RouteDeclaration } from '../route.ts';

/** Rows are large, and each costs an explanation. */
const page = { ...pageQuery(100), limit: countInQuery({ least: 1, most: 500, standard: 100 }) };

const resourceCursors = new Cursors('resources', z.string());
const instanceCursors = new Cursors('instances', z.string());

const listResources = {
  id: 'listResources',
  method: 'GET',
  path: '/v1/resources',
  summary: 'The resources that are configured or were heard of, by name',
  role: 'viewer',
  query: z.strictObject({
    match: nameText.optional().describe('A name, or one with `*`, which stands for any run of characters.'),
    ...page,
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
  query: z.strictObject(page),
  answer: { status: 200, shape: 'Resource', description: 'It, with a page of its instances.' },
  problems: ['not-found'],
} as const satisfies RouteDeclaration;

export function resourceRoutes(add: AddRoute, engine: Engine): void {
  add(listResources, ({ query: { match, cursor, limit } }) => {
    const { items, next } = engine.resources({
      after: cursor === undefined ? null : resourceCursors.read(cursor),
      limit,
      ...(match === undefined ? {} : { match }),
    });
    return next === null ? { items } : { items, next: resourceCursors.write(next) };
  });

  add(getResource, ({ params: { kind, name }, query: { cursor, limit } }) => {
    const after = cursor === undefined ? null : instanceCursors.read(cursor);
    const detail = engine.resource(`${kind}/${name}`, { after, limit });
    if (detail === null) {
      const where = 'GET /v1/resources lists them';
      throw new RequestProblem('not-found', `there is no resource ${kind}/${name}: ${where}`);
    }
    const { nextInstances: next, ...rest } = detail;
    return next === null ? rest : { ...rest, next: instanceCursors.write(next) };
  });
}
