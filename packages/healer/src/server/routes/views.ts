import type { Explanation } from '@prunella/core';
import { z } from 'zod';
import type { Engine } from '../../engine/engine.ts';
import type { LogQuery } from '../../store/store.ts';
import { ExplainedPages } from '../explained-pages.ts';
import { Cursors, pageLimit, pageQuery } from '../paging.ts';
import { RequestProblem } from '../problem.ts';
import { idText, nameText, optionalCountInQuery } from '../read-request.ts';
import type { AddRoute, RouteDeclaration } from '../route.ts';
import type { ConfigurationStanding } from './health.ts';
import { deadChannels, type NotificationDesk } from './notifications.ts';

const listExplanations = {
  id: 'listExplanations',
  method: 'GET',
  path: '/v1/explanations',
  summary: 'What is wrong with each resource, why, and what the healer does next',
  role: 'viewer',
  query: z.strictObject({
    resource: nameText.optional(),
    ok: z.enum(['true', 'false']).optional().describe('Only those that are ok, or only the others.'),
    ...pageQuery(500),
  }),
  answer: {
    status: 200,
    shape: 'Explanations',
    description:
      'One for each resource, the sick first. What changes between two pages is as of one of them; `/v1/stream` tells each change.',
  },
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
    resource: nameText.optional(),
    ...pageQuery(100),
  }),
  answer: { status: 200, shape: 'Incidents', description: 'The newest first.' },
} as const satisfies RouteDeclaration;

const getIncident = {
  id: 'getIncident',
  method: 'GET',
  path: '/v1/incidents/:incident',
  summary: 'One incident with its attempts',
  role: 'viewer',
  params: z.object({ incident: idText }),
  answer: { status: 200, shape: 'Incident', description: 'As it is now.' },
  problems: ['not-found'],
} as const satisfies RouteDeclaration;

const logPage = {
  after: optionalCountInQuery(0).describe(
    'Entries with a greater sequence only; for whoever follows the log beyond its present end.',
  ),
  ...pageQuery(pageLimit),
};

const listIncidentLog = {
  id: 'listIncidentLog',
  method: 'GET',
  path: '/v1/incidents/:incident/log',
  summary: 'Everything that happened in an incident, the oldest first',
  role: 'viewer',
  params: z.object({ incident: idText }),
  query: z.strictObject(logPage),
  answer: { status: 200, shape: 'LogEntries', description: 'The oldest first.' },
  problems: ['not-found'],
} as const satisfies RouteDeclaration;

const listLog = {
  id: 'listLog',
  method: 'GET',
  path: '/v1/log',
  summary: 'The log: everything that was seen, decided and done, the oldest first',
  role: 'viewer',
  query: z.strictObject({ resource: nameText.optional(), incident: idText.optional(), ...logPage }),
  answer: { status: 200, shape: 'LogEntries', description: 'The oldest first.' },
} as const satisfies RouteDeclaration;

const incidentCursors = new Cursors(
  'incidents',
  z.strictObject({ openedAt: z.number(), incident: z.string() }),
);
const logCursors = new Cursors('log', z.strictObject({ after: z.int().nonnegative() }));
/** The sick come first, then it goes by name. */
const explanationCursors = new Cursors(
  'explanations',
  z.strictObject({ ok: z.boolean(), resource: z.string() }),
);

type ExplanationPlace = { readonly ok: boolean; readonly resource: string };

const isOk = ({ state }: Explanation) => state === 'ok';
const placeOf = (one: Explanation): ExplanationPlace => ({ ok: isOk(one), resource: one.resource });

function isBehind(one: Explanation, { ok, resource }: ExplanationPlace): boolean {
  return isOk(one) === ok ? one.resource > resource : isOk(one);
}

/** What people must know beside the resources. */
interface ViewsBeside {
  readonly standing?: () => ConfigurationStanding;
  readonly notifications?: () => NotificationDesk | null;
}

/** What there is to see. */
export function viewRoutes(add: AddRoute, engine: Engine, { standing, notifications }: ViewsBeside): void {
  const explained = new ExplainedPages(engine);
  add(listExplanations, ({ query: { resource, ok, cursor, limit } }) => {
    const after = cursor === undefined ? null : explanationCursors.read(cursor);
    const known = after === null ? engine.explain(resource) : explained.before(resource);
    const rest = known.filter(
      (one) =>
        (ok === undefined || isOk(one) === (ok === 'true')) && (after === null || isBehind(one, after)),
    );
    const { rows, ...next } = explanationCursors.page(rest, limit, placeOf);
    if ('next' in next) explained.keep(resource, known);
    return {
      paused: engine.pauseInForce(),
      refusedConfiguration: standing?.().refused ?? null,
      deadChannels: deadChannels(notifications?.() ?? null),
      known: known.length,
      explanations: rows,
      ...next,
    };
  });

  add(explainWhyNot, ({ query: { resource, action } }) => {
    const answer = engine.whyNot(resource, action);
    if (answer !== null) return answer;
    throw new RequestProblem(
      'not-found',
      `there is no resource ${resource}: GET /v1/explanations lists them`,
    );
  });

  add(listAutonomy, () => ({ steps: engine.autonomy() }));

  incidentRoutes(add, engine);

  add(listLog, async ({ query: { resource, incident, ...page } }) =>
    readLogPage(engine, page, {
      ...(resource === undefined ? {} : { resource }),
      ...(incident === undefined ? {} : { incident }),
    }),
  );
}

function incidentRoutes(add: AddRoute, engine: Engine): void {
  add(listIncidents, async ({ query: { open, resource, cursor, limit } }) => {
    const incidents = await engine.incidents({
      limit: limit + 1,
      ...(open === undefined ? {} : { open: open === 'true' }),
      ...(resource === undefined ? {} : { resource }),
      ...(cursor === undefined ? {} : { before: incidentCursors.read(cursor) }),
    });
    const { rows, ...next } = incidentCursors.page(incidents, limit, ({ openedAt, incident }) => ({
      openedAt,
      incident,
    }));
    return { paused: engine.pauseInForce(), incidents: rows, ...next };
  });

  add(getIncident, async ({ params: { incident } }) => {
    const [found] = await engine.incidents({ incident, limit: 1 });
    if (found !== undefined) return found;
    throw noSuchIncident(incident);
  });

  add(listIncidentLog, async ({ params: { incident }, query }) => {
    const page = await readLogPage(engine, query, { incident });
    const isFromStart = query.after === undefined && query.cursor === undefined;
    if (page.entries.length === 0 && isFromStart) throw noSuchIncident(incident);
    return page;
  });
}

function noSuchIncident(incident: string): RequestProblem {
  return new RequestProblem('not-found', `there is no incident ${incident}: GET /v1/incidents lists them`);
}

interface AskedPage {
  readonly after?: number | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

async function readLogPage(
  engine: Engine,
  { after, cursor, limit }: AskedPage,
  filter: Pick<LogQuery, 'resource' | 'incident'>,
) {
  if (after !== undefined && cursor !== undefined) {
    throw new RequestProblem('malformed', 'cursor: give either a cursor or `after`, not both', 'cursor');
  }
  const from = cursor === undefined ? after : logCursors.read(cursor).after;
  const entries = await engine.log({
    ...filter,
    limit: limit + 1,
    ...(from === undefined ? {} : { after: from }),
  });
  const { rows, ...next } = logCursors.page(entries, limit, ({ sequence }) => ({ after: sequence }));
  return { entries: rows, ...next };
}
