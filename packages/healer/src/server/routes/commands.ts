import { randomUUID } from 'node:crypto';
import type { OperatorCommand } from '@prunella/core';
import { z } from 'zod';
import type { Engine, IncidentView } from '../../engine/engine.ts';
import type { Caller } from '../access.ts';
import { RequestProblem } from '../problem.ts';
import { idText, nameText, reasonText } from '../read-request.ts';
import { refusalOf } from '../refusal.ts';
import type { AddRoute, RouteDeclaration } from '../route.ts';

const by = nameText
  .optional()
  .describe('The person, where the token stands for several. Default: the name of the token.');

const body = z.strictObject({ by, reason: reasonText.optional() });

/** Times in ms. */
const announcementBody = z.strictObject({
  by,
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

const decided = { status: 200, shape: 'CommandReceipt', description: 'On disk and decided.' } as const;

function ofAttempt<const Verb extends string>(id: string, verb: Verb, summary: string) {
  return {
    id,
    method: 'POST',
    path: `/v1/attempts/:attempt/${verb}`,
    summary,
    role: 'operator',
    params: z.object({ attempt: idText }),
    body,
    answer: decided,
    problems: ['not-found', 'refused'],
  } as const satisfies RouteDeclaration;
}

function ofIncident<const Verb extends string>(id: string, verb: Verb, summary: string) {
  return {
    id,
    method: 'POST',
    path: `/v1/incidents/:incident/${verb}`,
    summary,
    role: 'operator',
    params: z.object({ incident: idText }),
    body,
    answer: decided,
    problems: ['not-found', 'refused'],
  } as const satisfies RouteDeclaration;
}

const approve = ofAttempt('approveAttempt', 'approve', 'Lets an attempt run that waits for a person');
const reject = ofAttempt('rejectAttempt', 'reject', 'Refuses an attempt that waits for a person');
const harmful = ofAttempt('judgeAttemptHarmful', 'harmful', 'Says that an attempt did harm');
const resumeIncident = ofIncident('resumeIncident', 'resume', 'Lets a paused or exhausted ladder go on');
const close = ofIncident('closeIncident', 'close', 'Closes an incident that a person has ended');
const claim = ofIncident(
  'claimIncident',
  'claim',
  'Takes an incident over: the healer repairs nothing in it',
);
const release = ofIncident('releaseIncident', 'release', 'Gives a claimed incident back to the healer');

const announce = {
  id: 'announce',
  method: 'POST',
  path: '/v1/announcements',
  summary: 'Says of a resource what the healer cannot see: maintenance, a deployment, a demotion lifted',
  description: 'It holds whether or not an incident is open. Times are in ms.',
  role: 'operator',
  body: announcementBody,
  answer: decided,
  problems: ['refused'],
} as const satisfies RouteDeclaration;

const pauseAll = {
  id: 'pauseAll',
  method: 'POST',
  path: '/v1/pause',
  summary: 'The kill switch: from its answer on, nothing is begun',
  role: 'operator',
  body,
  answer: { status: 200, shape: 'Pause', description: 'On disk.' },
} as const satisfies RouteDeclaration;

const resumeAll = {
  id: 'resumeAll',
  method: 'POST',
  path: '/v1/resume',
  summary: 'Lifts the kill switch',
  role: 'operator',
  body,
  answer: { status: 200, shape: 'Pause', description: 'On disk.' },
} as const satisfies RouteDeclaration;

/** What a person may order. Each is answered when it is on disk and decided. */
export function commandRoutes(add: AddRoute, engine: Engine): void {
  attemptRoutes(add, engine);
  incidentRoutes(add, engine);

  add(announce, ({ body: { by, resource, announcement }, caller }) =>
    order(engine, resource, by ?? nameOf(caller), announcement),
  );

  add(pauseAll, async ({ body: { by, reason }, caller }) => {
    await engine.pause(by ?? nameOf(caller), reason ?? '');
    return { paused: true };
  });

  add(resumeAll, async ({ body: { by }, caller }) => {
    await engine.resume(by ?? nameOf(caller));
    return { paused: false };
  });
}

function attemptRoutes(add: AddRoute, engine: Engine): void {
  add(approve, async ({ params: { attempt }, body, caller }) => {
    const { resource } = await incidentOf(engine, attempt);
    return order(engine, resource, body.by ?? nameOf(caller), { type: 'approve', attempt });
  });

  add(reject, async ({ params: { attempt }, body, caller }) => {
    const { resource } = await incidentOf(engine, attempt);
    const { by = nameOf(caller), reason = '' } = body;
    return order(engine, resource, by, { type: 'reject', attempt, reason });
  });

  add(harmful, async ({ params: { attempt }, body, caller }) => {
    const { resource } = await incidentOf(engine, attempt, { limit: 1_000 });
    const { by = nameOf(caller), reason = '' } = body;
    return order(engine, resource, by, { type: 'judge-harmful', attempt, reason });
  });
}

function incidentRoutes(add: AddRoute, engine: Engine): void {
  const commands = [
    [resumeIncident, () => ({ type: 'resume-ladder' })],
    [close, (reason) => ({ type: 'close', reason })],
    [claim, (reason) => ({ type: 'claim', reason })],
    [release, () => ({ type: 'release' })],
  ] as const satisfies readonly (readonly [
    ReturnType<typeof ofIncident>,
    (reason: string) => OperatorCommand['command'],
  ])[];
  for (const [declaration, command] of commands) {
    add(declaration, async ({ params, body: { by, reason = '' }, caller }) => {
      const { resource } = await openIncident(engine, params.incident);
      return order(engine, resource, by ?? nameOf(caller), command(reason));
    });
  }
}

async function order(engine: Engine, resource: string, by: string, command: OperatorCommand['command']) {
  const receipt = await engine.command(resource, { id: randomUUID(), by, command });
  if (!receipt.accepted) throw refusalOf(receipt, 'refused');
  return receipt;
}

function nameOf(caller: Caller | null): string {
  return caller?.name ?? 'nobody';
}

const openIncidents = { open: true, limit: 1_000 } as const;

async function incidentOf(
  engine: Engine,
  attempt: string,
  among: { readonly open?: boolean; readonly limit: number } = openIncidents,
): Promise<IncidentView> {
  const hasIt = (incident: IncidentView) => incident.attempts.some((made) => made.attempt === attempt);
  // Its id is that of its incident and a number: found so, however many are open.
  const named = await engine.incidents({ ...among, incident: attempt.replace(/\.\d+$/, ''), limit: 1 });
  const found = named.find(hasIt) ?? (await engine.incidents(among)).find(hasIt);
  if (found !== undefined) return found;
  throw new RequestProblem(
    'not-found',
    `no open incident has an attempt ${attempt}: it is over, or the name is wrong; GET /v1/incidents?open=true lists them`,
  );
}

async function openIncident(engine: Engine, name: string): Promise<IncidentView> {
  const [found] = await engine.incidents({ incident: name, open: true, limit: 1 });
  if (found !== undefined) return found;
  throw new RequestProblem(
    'not-found',
    `there is no open incident ${name}: GET /v1/incidents?open=true lists them`,
  );
}
