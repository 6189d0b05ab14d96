import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Engine } from '../../engine/engine.ts';
import { RequestProblem } from '../problem.ts';
import { countInQuery, idText, nameText, optionalCountInQuery, readPart } from '../read-request.ts';
import type { ConfigurationStanding } from './health.ts';

const explanationQuery = z.object({ resource: nameText.optional() });

const whyNotQuery = z.object({ resource: nameText, action: nameText });

const incidentQuery = z.object({
  open: z.enum(['true', 'false']).optional(),
  limit: countInQuery({ least: 1, most: 1_000, standard: 100 }),
});

const logQuery = z.object({
  resource: nameText.optional(),
  incident: idText.optional(),
  after: optionalCountInQuery(0),
  limit: countInQuery({ least: 1, most: 1_000, standard: 1_000 }),
});

const incidentParameters = z.object({ incident: idText });

/** What there is to see: `/v1/explanations`, `/v1/why-not`, `/v1/autonomy`, `/v1/incidents`, `/v1/incidents/:incident/log`, `/v1/log`. */
export function viewRoutes(
  app: FastifyInstance,
  engine: Engine,
  standing?: () => ConfigurationStanding,
): void {
  app.get('/v1/explanations', async (request) => {
    const { resource } = readPart(explanationQuery, request.query);
    return {
      paused: engine.pauseInForce(),
      refusedConfiguration: standing?.().refused ?? null,
      explanations: engine.explain(resource),
    };
  });

  app.get('/v1/why-not', async (request) => {
    const { resource, action } = readPart(whyNotQuery, request.query);
    const answer = engine.whyNot(resource, action);
    if (answer !== null) return answer;
    throw new RequestProblem(
      'not-found',
      `there is no resource ${resource}: GET /v1/explanations lists them`,
    );
  });

  app.get('/v1/autonomy', async () => ({ steps: engine.autonomy() }));

  app.get('/v1/incidents', async (request) => {
    const { open, limit } = readPart(incidentQuery, request.query);
    const incidents = await engine.incidents(
      open === undefined ? { limit } : { open: open === 'true', limit },
    );
    return { paused: engine.pauseInForce(), incidents };
  });

  app.get('/v1/incidents/:incident/log', async (request) => {
    const { incident } = readPart(incidentParameters, request.params);
    const { after, limit } = readPart(logQuery, request.query);
    const entries = await engine.log({ incident, limit, ...(after === undefined ? {} : { after }) });
    if (entries.length === 0 && after === undefined) {
      throw new RequestProblem('not-found', `there is no incident ${incident}: GET /v1/incidents lists them`);
    }
    return { entries };
  });

  app.get('/v1/log', async (request) => {
    const { resource, incident, after, limit } = readPart(logQuery, request.query);
    const entries = await engine.log({
      limit,
      ...(resource === undefined ? {} : { resource }),
      ...(incident === undefined ? {} : { incident }),
      ...(after === undefined ? {} : { after }),
    });
    return { entries };
  });
}
