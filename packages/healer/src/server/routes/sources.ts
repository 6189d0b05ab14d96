import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { RefusalFigures } from '../../access/refused-credentials.ts';
import type { Engine } from '../../engine/engine.ts';
import type { SourceDesk, SourceOutcome, SourceRequest } from '../../sources/source-desk.ts';
import type { SourceAnswer } from '../../sources/take-parts.ts';
import { RequestProblem } from '../problem.ts';
import { refusalOf } from '../refusal.ts';
import type { AddRoute, RouteDeclaration } from '../route.ts';
import type { RouteBook, RouteRules } from '../route-book.ts';
import { acceptFrom } from '../spoken-for.ts';

const params = z.object({ name: z.string().max(200).describe('Of the source in `prunella.yaml`.') });
const plainCloudEvents = 'cloudevents';

const common = {
  method: 'POST',
  role: ['reporter', 'operator'],
  intake: true,
  answer: { status: 202, shape: 'SourceAnswer', description: 'What became of each part; on disk.' },
  problems: ['signal-refused', 'not-found'],
} as const;

const alertmanager = {
  ...common,
  id: 'tellAlerts',
  path: '/v1/sources/alertmanager/:name',
  summary: "Alertmanager's webhook",
  description:
    'Each alert is taken or not for itself, and the answer tells of those that are for nobody here: sending them again would not help. The same fingerprint, start and status count once.',
  params,
  readsBody: 'AlertmanagerBody',
} as const satisfies RouteDeclaration;

const cloudEventsNotes =
  'Binary, structured and batch mode of CloudEvents 1.0. The same `source` and `id` count once for each resource and type.';

const cloudEvents = {
  ...common,
  id: 'tellCloudEvents',
  path: '/v1/sources/cloudevents',
  summary: 'CloudEvents whose subject is a resource',
  description: cloudEventsNotes,
  readsBody: 'CloudEventBody',
} as const satisfies RouteDeclaration;

const namedCloudEvents = {
  ...common,
  id: 'tellCloudEventsTo',
  path: '/v1/sources/cloudevents/:name',
  summary: 'CloudEvents mapped as the configuration says',
  description: cloudEventsNotes,
  params,
  readsBody: 'CloudEventBody',
} as const satisfies RouteDeclaration;

const webhook = {
  ...common,
  id: 'tellWebhook',
  path: '/v1/sources/webhook/:name',
  summary: 'Any JSON, mapped by CEL as the configuration says',
  description: 'Where the source has a `signature`, that stands for the sender, and no token is asked for.',
  params,
  readsBody: 'WebhookBody',
  bodyLimitBytes: 262_144,
} as const satisfies RouteDeclaration;

/** What other programs tell; each scope reads bodies as bytes, since signatures and modes are in them. */
export function sourceRoutes(
  app: FastifyInstance,
  book: RouteBook,
  rules: RouteRules,
  engine: Engine,
  desk: SourceDesk,
  figures: RefusalFigures,
): void {
  const accept = engine.signal.bind(engine);
  const inScope = (scopeRules: RouteRules, routes: (add: AddRoute) => void) =>
    void app.register(async (scope) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
      routes(book.adder(scope, scopeRules));
    });

  inScope(rules, (add) => {
    add(cloudEvents, async ({ request, caller }) =>
      wholly(await desk.cloudEvents(plainCloudEvents, toldBy(request), acceptFrom(caller, accept))),
    );
    add(namedCloudEvents, async ({ params: { name }, request, caller }) =>
      wholly(await desk.cloudEvents(name, toldBy(request), acceptFrom(caller, accept))),
    );
  });
  inScope(patient(rules), (add) => {
    add(alertmanager, async ({ params: { name }, request, caller }) => {
      try {
        return answerOf(await desk.alertmanager(name, toldBy(request), acceptFrom(caller, accept)));
      } catch (error) {
        throw patientOf(error);
      }
    });
  });
  inScope(orSigned(rules, desk), (add) => {
    add(webhook, async ({ params: { name }, request, caller }) => {
      const outcome = await desk.webhook(name, toldBy(request), acceptFrom(caller, accept), Date.now());
      if (outcome.outcome === 'unsigned') figures.credentialRefused('signature');
      return wholly(outcome);
    });
  });
}

function orSigned(rules: RouteRules, desk: SourceDesk): RouteRules {
  const isSigned = (request: FastifyRequest) => {
    const named = params.safeParse(request.params);
    return named.success && desk.isSigned(named.data.name);
  };
  return {
    ...rules,
    requireRole: (declaration) => {
      const check = rules.requireRole(declaration);
      return (request, reply) => {
        if (!isSigned(request)) check(request, reply);
      };
    },
    // Until its signature is looked at, whoever sent it is a stranger.
    enterIntake: (request, reply, bodyLimitBytes) => {
      const enter = isSigned(request) ? rules.enterAsStranger : rules.enterIntake;
      enter(request, reply, bodyLimitBytes);
    },
  };
}

function patient(rules: RouteRules): RouteRules {
  return {
    ...rules,
    enterIntake: (request, reply, bodyLimitBytes) => {
      try {
        rules.enterIntake(request, reply, bodyLimitBytes);
      } catch (error) {
        throw patientOf(error);
      }
    },
  };
}

/** After "too many requests" older Alertmanagers do not try again; after a 503 all do. */
function patientOf(error: unknown): unknown {
  if (!(error instanceof RequestProblem) || error.code !== 'overloaded') return error;
  return new RequestProblem('not-ready', error.message, { retryAfterS: error.retryAfterS ?? 1 });
}

function toldBy({ headers, body }: FastifyRequest): SourceRequest {
  return { headers, body: body instanceof Buffer ? body : Buffer.alloc(0) };
}

/** A sender that means one thing must not take silence for success. */
function wholly(outcome: SourceOutcome): SourceAnswer {
  const answer = answerOf(outcome);
  const { taken, duplicate, ignored, unmapped, refused, problems } = answer;
  if (taken + duplicate + ignored > 0 || unmapped + refused === 0) return answer;
  throw new RequestProblem('signal-refused', problems[0] ?? 'nothing of it was taken');
}

function answerOf(outcome: SourceOutcome): SourceAnswer {
  switch (outcome.outcome) {
    case 'answered':
      return outcome.answer;
    case 'later':
      throw refusalOf(outcome, 'signal-refused');
    case 'unknown':
      throw new RequestProblem('not-found', outcome.reason);
    case 'unsigned':
      throw new RequestProblem('not-authenticated', outcome.reason);
    case 'malformed': {
      const { field, reason } = outcome;
      throw new RequestProblem('malformed', field === '' ? reason : `${field}: ${reason}`, field);
    }
    case 'not-taken':
      throw new RequestProblem('not-json', outcome.reason);
  }
}
