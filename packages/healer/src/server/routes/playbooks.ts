import { z } from 'zod';
import type { Engine } from '../../engine/engine.ts';
import { Cursors, pageQuery } from '../paging.ts';
import { type PlaybookSources, playbookDetail, playbookView } from '../playbook-views.ts';
import { RequestProblem } from '../problem.ts';
import { countInQuery, nameText } from '../read-request.ts';
import type { AddRoute, RouteDeclaration } from '../route.ts';

const listPlaybooks = {
  id: 'listPlaybooks',
  method: 'GET',
  path: '/v1/playbooks',
  summary: 'The playbooks in force, by name',
  role: 'viewer',
  query: z.strictObject({
    ...pageQuery(100),
    limit: countInQuery({ least: 1, most: 500, standard: 100 }),
  }),
  answer: { status: 200, shape: 'Playbooks', description: 'A page of them.' },
} as const satisfies RouteDeclaration;

const getPlaybook = {
  id: 'getPlaybook',
  method: 'GET',
  path: '/v1/playbooks/:name',
  summary: 'One playbook with its text',
  role: 'viewer',
  params: z.object({ name: nameText }),
  answer: {
    status: 200,
    shape: 'Playbook',
    description: 'As it is in force, whatever its file says by now.',
  },
  problems: ['not-found'],
} as const satisfies RouteDeclaration;

const cursors = new Cursors('playbooks', z.string());

export function playbookRoutes(add: AddRoute, engine: Engine, sources: () => PlaybookSources): void {
  add(listPlaybooks, ({ query: { cursor, limit } }) => {
    const present = sources();
    const after = cursor === undefined ? null : cursors.read(cursor);
    const rest = present.playbooks
      .filter(({ name }) => after === null || name > after)
      .sort((left, right) => (left.name < right.name ? -1 : 1));
    const { rows, ...next } = cursors.page(rest, limit, ({ name }) => name);
    return { items: rows.map((playbook) => playbookView(playbook, present, engine)), ...next };
  });

  add(getPlaybook, ({ params: { name } }) => {
    const detail = playbookDetail(name, sources(), engine);
    if (detail !== null) return detail;
    throw new RequestProblem('not-found', `there is no playbook ${name}: GET /v1/playbooks lists them`);
  });
}
