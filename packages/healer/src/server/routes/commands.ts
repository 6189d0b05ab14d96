import { randomUUID } from 'node:crypto';
import type { OperatorCommand } from '@prunella/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Engine, IncidentView } from '../../engine/engine.ts';
import { RequestProblem } from '../problem.ts';
import { idText, nameText, readPart, reasonText } from '../read-request.ts';
import { refusalOf } from '../refusal.ts';

/** `by`: the person, where the token stands for several. Default: the token's name. */
const body = z.strictObject({ by: nameText.optional(), reason: reasonText.optional() });

/** What people say of a resource, whether or not anything is open. Times in ms. */
const announced = z.strictObject({
  by: nameText.optional(),
  resource: nameText,
  announcement: z.discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('maintenance-begin'),
      forMs: z.number(),
      reason: reasonText.default(''),
    }),
    z.strictObject({ type: z.literal('maintenance-end') }),
    z.strictObject({ type: z.literal('announce-deploy'), forMs: z.number(), what: nameText }),
    z.strictObject({ type: z.literal('lift-demotion'), step: nameText }),
  ]),
});

const attemptParameters = z.object({ attempt: idText });
const incidentParameters = z.object({ incident: idText });

/** What a person may order. Each is answered when it is on disk and decided. */
export function commandRoutes(app: FastifyInstance, engine: Engine): void {
  app.post('/v1/attempts/:attempt/approve', async (request) => {
    const { attempt } = readPart(attemptParameters, request.params);
    const incident = await incidentOf(engine, attempt);
    return send(engine, incident, request, () => ({ type: 'approve', attempt }));
  });

  app.post('/v1/attempts/:attempt/reject', async (request) => {
    const { attempt } = readPart(attemptParameters, request.params);
    const incident = await incidentOf(engine, attempt);
    return send(engine, incident, request, (reason) => ({ type: 'reject', attempt, reason }));
  });

  app.post('/v1/incidents/:incident/resume', async (request) => {
    const incident = await openIncident(engine, readPart(incidentParameters, request.params).incident);
    return send(engine, incident, request, () => ({ type: 'resume-ladder' }));
  });

  app.post('/v1/incidents/:incident/close', async (request) => {
    const incident = await openIncident(engine, readPart(incidentParameters, request.params).incident);
    return send(engine, incident, request, (reason) => ({ type: 'close', reason }));
  });

  app.post('/v1/incidents/:incident/claim', async (request) => {
    const incident = await openIncident(engine, readPart(incidentParameters, request.params).incident);
    return send(engine, incident, request, (reason) => ({ type: 'claim', reason }));
  });

  app.post('/v1/incidents/:incident/release', async (request) => {
    const incident = await openIncident(engine, readPart(incidentParameters, request.params).incident);
    return send(engine, incident, request, () => ({ type: 'release' }));
  });

  app.post('/v1/attempts/:attempt/harmful', async (request) => {
    const { attempt } = readPart(attemptParameters, request.params);
    const incident = await incidentOf(engine, attempt, { limit: 1_000 });
    return send(engine, incident, request, (reason) => ({ type: 'judge-harmful', attempt, reason }));
  });

  app.post('/v1/announcements', async (request) => {
    const { by, resource, announcement } = readPart(announced, request.body);
    return order(engine, resource, by ?? callerName(request), announcement);
  });

  app.post('/v1/pause', async (request) => {
    const { by, reason } = readPart(body, request.body);
    await engine.pause(by ?? callerName(request), reason ?? '');
    return { paused: true };
  });

  app.post('/v1/resume', async (request) => {
    const { by } = readPart(body, request.body);
    await engine.resume(by ?? callerName(request));
    return { paused: false };
  });
}

async function send(
  engine: Engine,
  incident: IncidentView,
  request: FastifyRequest,
  command: (reason: string) => OperatorCommand['command'],
) {
  const { by, reason } = readPart(body, request.body);
  return order(engine, incident.resource, by ?? callerName(request), command(reason ?? ''));
}

async function order(engine: Engine, resource: string, by: string, command: OperatorCommand['command']) {
  const receipt = await engine.command(resource, { id: randomUUID(), by, command });
  if (!receipt.accepted) throw refusalOf(receipt, 'refused');
  return receipt;
}

function callerName(request: FastifyRequest): string {
  return request.caller?.name ?? 'nobody';
}

const openIncidents = { open: true, limit: 1_000 } as const;

async function incidentOf(
  engine: Engine,
  attempt: string,
  among: { readonly open?: boolean; readonly limit: number } = openIncidents,
): Promise<IncidentView> {
  const incidents = await engine.incidents(among);
  const found = incidents.find((incident) => incident.attempts.some((made) => made.attempt === attempt));
  if (found !== undefined) return found;
  throw new RequestProblem(
    'not-found',
    `no open incident has an attempt ${attempt}: it is over, or the name is wrong; GET /v1/incidents?open=true lists them`,
  );
}

async function openIncident(engine: Engine, name: string): Promise<IncidentView> {
  const found = (await engine.incidents(openIncidents)).find(({ incident }) => incident === name);
  if (found !== undefined) return found;
  throw new RequestProblem(
    'not-found',
    `there is no open incident ${name}: GET /v1/incidents?open=true lists them`,
  );
}
