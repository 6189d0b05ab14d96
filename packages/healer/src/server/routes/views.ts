import { z } from 'zod';
import type { Engine } from '../../engine/engine.ts';
import { RequestProblem } from '../problem.ts';
import { countInQuery, idText, nameText, optionalCountInQuery } from '../read-request.ts';
import type { AddRoute, RouteDeclaration } from '../route.ts';
import type { ConfigurationStanding } from './health.ts';

const listExplanations = {
  id: 'listExplanations',
  method: 'GET',
  path: '/v1/explanations',
  summary: 'What is wrong with each resource, why, and what the healer does next',
  role: 'viewer',
  query: z.strictObject({ resource: nameText.optional() }),
  answer: { status: 200, shape: 'Explanations', description: 'One for each resource, the sick first.' },
} as const satisfies RouteDeclaration;

const explainWhyNot = {
  id: 'explainWhyNot',
  method: 'GET',
  path: '/v1/why-not',
  summary: 'Why an action does not run at a resource now',
  role: 'viewer',
  query: z.strictObject({
    resource: nameText,
    action: nameText.describe("An action, or a step's name."),
  }),
  answer: { status: 200, shape: 'WhyNot', description: 'Every reason, in the order of the rules.' },
  problems: ['not-found'],
} as const satisfies RouteDeclaration;

const listAutonomy = {
  id: 'listAutonomy',
  method: 'GET',
  path: '/v1/autonomy',
  summary: 'How each step has done at each resource, and whether more autonomy is earned',
  role: 'viewer',
  answer: { status: 200, shape: 'Autonomy', description: 'One for each step of each resource.' },
} as const satisfies RouteDeclaration;

const listIncidents = {
  id: 'listIncidents',
  method: 'GET',
  path: '/v1/incidents',
  summary: 'Incidents, the newest first',
  role: 'viewer',
  query: z.strictObject({
    open: z.enum(['true', 'false']).optional().describe('Only open ones, or only closed ones.'),
    limit: countInQuery({ least: 1, most: 1_000, standard: 100 }),
  }),
  answer: { status: 200, shape: 'Incidents', description: 'The newest first.' },
} as const satisfies RouteDeclaration;

const page = {
  after: optionalCountInQuery(0).describe('Entries with a greater sequence only.'),
  limit: countInQuery({ least: 1, most: 1_000, standard: 1_000 }),
};

const listIncidentLog = {
  id: 'listIncidentLog',
  method: 'GET',
  path: '/v1/incidents/:incident/log',
  summary: 'Everything that happened in an incident, the oldest first',
  role: 'viewer',
  params: z.object({ incident: idText }),
  query: z.strictObject(page),
  answer: { status: 200, shape: 'LogEntries', description: 'The oldest first.' },
  problems: ['not-found'],
} as const satisfies RouteDeclaration;

const listLog = {
  id: 'listLog',
  method: 'GET',
  path: '/v1/log',
  summary: 'The log: everything that was seen, decided and done, the oldest first',
  role: 'viewer',
  query: z.strictObject({ resource: nameText.optional(), incident: idText.optional(), ...page }),
  answer: { status: 200, shape: 'LogEntries', description: 'The oldest first.' },
} as const satisfies RouteDeclaration;

/** What there is to see. */
export function viewRoutes(add: AddRoute, engine: Engine, standing?: () => ConfigurationStanding): void {
  add(listExplanations, ({ query: { resource } }) => ({
    paused: engine.pauseInForce(),
    refusedConfiguration: standing?.().refused ?? null,
    explanations: engine.explain(resource),
  }));

  add(explainWhyNot, ({ query: { resource, action } }) => {
    const answer = engine.whyNot(resource, action);
    if (answer !== null) return answer;
    throw new RequestProblem(
      'not-found',
      `there is no resource ${resource}: GET /v1/explanations lists them`,
    );
  });

  add(listAutonomy, () => ({ steps: engine.autonomy() }));

  add(listIncidents, async ({ query: { open, limit } }) => {
    const incidents = await engine.incidents(
      open === undefined ? { limit } : { open: open === 'true', limit },
    );
    return { paused: engine.pauseInForce(), incidents };
  });

  add(listIncidentLog, async ({ params: { incident }, query: { after, limit } }) => {
    const entries = await engine.log({ incident, limit, ...(after === undefined ? {} : { after }) });
    if (entries.length === 0 && after === undefined) {
      throw new RequestProblem('not-found', `there is no incident ${incident}: GET /v1/incidents lists them`);
    }
    return { entries };
  });

  add(listLog, async ({ query: { resource, incident, after, limit } }) => {
    const entries = await engine.log({
      limit,
      ...(resource === undefined ? {} : { resource }),
      ...(incident === undefined ? {} : { incident }),
      ...(after === undefined ? {} : { after }),
    });
    return { entries };
  });
}
