import { chmod } from 'node:fs/promises';
import type { Socket } from 'node:net';
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { type AccessRoom, createAccessRoom } from '../access/access-room.ts';
import type { Backend } from '../backends/backend.ts';
import type { DrillDesk } from '../drills/drill-desk.ts';
import { StoppingError } from '../engine/commit-loop.ts';
import type { Engine } from '../engine/engine.ts';
import type { MonitorView } from '../monitors/monitor.ts';
import { http } from '../node-http.ts';
import { pageRoutes } from '../page/page-routes.ts';
import type { SourceDesk } from '../sources/source-desk.ts';
import type { KeyedAnswers } from '../store/keyed-answers.ts';
import { StoreError } from '../store/store-error.ts';
import type { Access, Caller } from './access.ts';
import { AtWork } from './at-work.ts';
import { Entry } from './entry.ts';
import { ExplanationFeed } from './explanation-feed.ts';
import { defaultIntakeLimits, IntakeGate, type IntakeLimits } from './intake-gate.ts';
import { answersInMemory, KeyedRequests } from './keyed-requests.ts';
import { OpenRequests } from './open-requests.ts';
import type { PlaybookSources } from './playbook-views.ts';
import {
  type ProblemBody,
  type ProblemName,
  problemBody,
  problemMediaType,
  RequestProblem,
} from './problem.ts';
import { refusalOf } from './refusal.ts';
import type { RouteDeclaration } from './route.ts';
import { RouteBook, type RouteRules } from './route-book.ts';
import { actionRoutes } from './routes/actions.ts';
import { auditRoute } from './routes/audit.ts';
import { callbackRoute } from './routes/callbacks.ts';
import { commandRoutes } from './routes/commands.ts';
import { directiveRoutes } from './routes/directives.ts';
import { drillRoutes } from './routes/drills.ts';
import { type ConfigurationStanding, type HealerFacts, healerRoute, healthRoutes } from './routes/health.ts';
import { logStreamRoute } from './routes/log-stream.ts';
import { metricsRoute } from './routes/metrics.ts';
import { monitorRoutes } from './routes/monitors.ts';
import { type NotificationDesk, notificationRoutes } from './routes/notifications.ts';
import { openapiRoute } from './routes/openapi.ts';
import { personRoute } from './routes/person.ts';
import { playbookRoutes } from './routes/playbooks.ts';
import { presenceRoute } from './routes/presence.ts';
import { reloadRoute } from './routes/reload.ts';
import { reportRoutes } from './routes/reports.ts';
import { resourceRoutes } from './routes/resources.ts';
import { sessionRoutes } from './routes/session.ts';
import { signalRoutes } from './routes/signals.ts';
import { type SlackDesk, slackRoute } from './routes/slack-actions.ts';
import { sourceRoutes } from './routes/sources.ts';
import { streamRoute } from './routes/stream.ts';
import { tokenRoutes } from './routes/tokens.ts';
import { viewRoutes } from './routes/views.ts';
import { isOfThisMachine, requireOwnName, setSecurityHeaders } from './security-headers.ts';
import type { ServerFigures } from './server-figures.ts';

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | null;
  }
  interface FastifyContextConfig {
    /** The id of the route's declaration. */
    operation?: string;
  }
}

export interface ServerOptions {
  readonly access: Access;
  /** Who is known, and what is written down. Default: the tokens of `access`, and all else in memory. */
  readonly room?: AccessRoom;
  /** For `/v1/healer`. */
  readonly facts: () => HealerFacts | Promise<HealerFacts>;
  /**
   * For `/v1/actions`, and whose orders may be answered by callbacks; looked into at each request, so that a reload may
   * change it. Default: nobody's, and there is no route for callbacks.
   */
  readonly backends?: readonly Backend[];
  /** What other programs tell goes there. Default: nobody takes it, and there are no such routes. */
  readonly sources?: SourceDesk;
  /** Who tells people; asked at each request, since a reload may bring one. Default: there are no such routes. */
  readonly notifications?: () => (NotificationDesk & SlackDesk) | null;
  /** For `/v1/monitors`. Default: there is no such route. */
  readonly monitors?: () => readonly MonitorView[];
  /** What may be broken on purpose. Default: there are no such routes. */
  readonly drills?: DrillDesk;
  /** For `POST /v1/reload`; rejects where what was written cannot be used. Default: there is no such route. */
  readonly reload?: () => Promise<void>;
  /** For `/v1/explanations`, that a refused configuration is seen by all. */
  readonly standing?: () => ConfigurationStanding;
  /** For `/v1/playbooks`. Default: there are none to show. */
  readonly playbooks?: () => PlaybookSources;
  /** For `/readyz`. Default: always. */
  readonly isReady?: () => boolean;
  /** What counts, and writes `/metrics`. Default: nobody, and there is no such page. */
  readonly figures?: ServerFigures;
  /** Where answers to requests with a key are kept. Default: in memory. */
  readonly answers?: KeyedAnswers;
  /** Told of every failure that became a 500; its text is not sent to the client. */
  readonly onFailure?: (error: unknown) => void;
  /** Bytes of one request's body. Default 2,097,152: a hundred reports of ordinary size. */
  readonly bodyLimitBytes?: number;
  /** A whole request must have arrived within this, in ms. Default 10,000. */
  readonly requestTimeoutMs?: number;
  /** What is taken in at one moment; beyond it the answer is 429. */
  readonly intake?: Partial<IntakeLimits>;
  /** The same for those who show no token: callbacks, buttons in Slack, signed webhooks, browsers that sign in. */
  readonly strangers?: Partial<IntakeLimits>;
  /** Long polls and streams at the same moment. Default 20,000. */
  readonly openRequestLimit?: number;
  /** Of these, streams. Default 1,000. */
  readonly streamLimit?: number;
  /** What is being carried out when it closes may take so long yet, in ms; then it is cut. Default 1,000. */
  readonly closeWithinMs?: number;
}

export type ListenPlace =
  | { readonly host: string; readonly port: number }
  /** A socket file that is not there yet; for this user only, and it does not keep the process alive. */
  | { readonly socketPath: string };

export interface HealerServer {
  /** Every route, such as `GET /v1/incidents`, once it listens. */
  readonly routes: readonly string[];
  /** How each route of the API is declared, once it listens. */
  readonly declarations: readonly RouteDeclaration[];
  /** Resolves with `http://host:port`, or `unix:/path`; rejects with the system's error, such as EADDRINUSE. */
  listen(place: ListenPlace): Promise<string>;
  /** Ends what is held open, and resolves when no connection is left. */
  close(): Promise<void>;
}

const headerLimitBytes = 16_384;
/** An id holds a resource's name, of which each character may be encoded as three. */
const parameterLimit = 1_000;
const connectionLimit = 25_000;
/** What strangers send is short, and few of them are at work. */
const strangersLimits: IntakeLimits = {
  requests: 200,
  bytes: 16_777_216,
  perAddress: { requests: 50, bytes: 4_194_304 },
};
const unreadablePath =
  'the path cannot be read: write what is no letter or digit in UTF-8 as %XX, and names as short as they are';
/** Between two looks for what is held open longer than its token is good. */
const openLookEveryMs = 60_000;

/** Fastify's own compilers of JSON Schema are never loaded: requests are read by zod. */
function noSchemas(): never {
  throw new Error('routes have no JSON Schema here');
}

/** The healer's HTTP side, over one engine. Its routes hold no state of their own. */
export function createServer(engine: Engine, options: ServerOptions): HealerServer {
  const { access, room = roomOf(access) } = options;
  const open = new OpenRequests(options.openRequestLimit ?? 20_000, options.streamLimit ?? 1_000);
  const requestTimeoutMs = options.requestTimeoutMs ?? 10_000;
  const bodyLimit = options.bodyLimitBytes ?? 2_097_152;
  const gate = new IntakeGate({ ...defaultIntakeLimits, ...options.intake }, bodyLimit);
  const app = Fastify({
    bodyLimit,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: 72_000,
    forceCloseConnections: true,
    return503OnClosing: false,
    // As unknown fields are dropped everywhere: what is left out of an object can do nothing to it.
    onProtoPoisoning: 'remove',
    onConstructorPoisoning: 'remove',
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: parameterLimit },
    http: {
      maxHeaderSize: headerLimitBytes,
      headersTimeout: requestTimeoutMs,
      connectionsCheckingInterval: 1_000,
    },
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (_error, request, reply) => {
      setSecurityHeaders(request, reply);
      answerFailure(new RequestProblem('malformed', unreadablePath), reply, options.onFailure);
    },
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
  });
  const routes: string[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) routes.push(`${one} ${url}`);
  });
  app.server.maxConnections = connectionLimit;
  app.removeContentTypeParser('text/plain');
  app.decorateRequest('caller', null);
  app.setErrorHandler((error, _request, reply) => answerFailure(error, reply, options.onFailure));
  app.setNotFoundHandler((request) => {
    throw notThere(request);
  });
  let isOnLoopback = false;
  // No hook gives a promise: each costs a turn of its own, at every report.
  app.addHook('onRequest', (request, _reply, done) => {
    if (isOnLoopback) requireOwnName(request, room.hosts);
    // Now, and not once its body has been read.
    if (request.is404) throw notThere(request);
    done();
  });
  const atWork = new AtWork();
  app.addHook('onSend', (request, reply, _payload, done) => {
    setSecurityHeaders(request, reply);
    done();
  });

  const book = new RouteBook();
  const entry = new Entry(access, room, options.onFailure ?? (() => {}));
  const strangers = new IntakeGate({ ...strangersLimits, ...options.strangers }, bodyLimit, (request) =>
    entry.limitedAddressOf(request),
  );
  const stopWatching = endWithItsToken(open, entry);
  const rules: RouteRules = {
    requireRole: (declaration) => entry.requireRole(declaration),
    audited: (declaration, request, asked, work) => entry.audited(declaration, request, asked, work),
    keyed: new KeyedRequests(options.answers ?? answersInMemory(), Date.now, options.onFailure ?? (() => {})),
    enterIntake: (request, reply, bodyLimitBytes) => gate.enter(request, reply, bodyLimitBytes),
    enterAsStranger: (request, reply, bodyLimitBytes) => strangers.enter(request, reply, bodyLimitBytes),
    waitedFor: (reply) => atWork.add(reply.raw),
  };
  const add = book.adder(app, rules);
  const { figures } = options;
  if (figures !== undefined) countRequests(app, book, open, figures);
  healthRoutes(add, options.isReady ?? (() => true));
  healerRoute(add, options.facts);
  if (figures !== undefined) metricsRoute(add, figures);
  openapiRoute(add, book);
  viewRoutes(add, engine, options);
  resourceRoutes(add, engine);
  playbookRoutes(add, engine, options.playbooks ?? noPlaybooks);
  actionRoutes(add, () => options.backends ?? []);
  if (options.reload !== undefined) reloadRoute(add, options.reload);
  logStreamRoute(add, engine, open);
  const feed = new ExplanationFeed(
    engine,
    () => options.standing?.().refused ?? null,
    () => options.notifications?.() ?? null,
  );
  streamRoute(add, engine, feed, open);
  presenceRoute(add, open);
  commandRoutes(add, engine);
  sessionRoutes(add, entry);
  tokenRoutes(add, entry);
  auditRoute(add, room);
  pageRoutes(app);
  const { backends, notifications, drills } = options;
  if (drills !== undefined) drillRoutes(add, engine, drills);
  if (notifications !== undefined) {
    notificationRoutes(add, notifications);
    const onFailure = options.onFailure ?? (() => {});
    void app.register(async (scope) =>
      slackRoute(scope, book.adder(scope, rules), engine, notifications, entry, onFailure),
    );
  }
  // Also where none is answered by callbacks: one that a reload brings may be.
  if (backends !== undefined) {
    void app.register(async (scope) =>
      callbackRoute(scope, book.adder(scope, rules), backends, room.figures),
    );
  }
  reportRoutes(add, engine, () => figures?.malformedReport());
  directiveRoutes(add, engine, open);
  signalRoutes(add, engine);
  personRoute(add, engine);
  const { sources, monitors } = options;
  if (monitors !== undefined) monitorRoutes(add, monitors);
  if (sources !== undefined) sourceRoutes(app, book, rules, engine, sources, room.figures);
  return {
    routes,
    declarations: book.declarations,
    async listen(place) {
      isOnLoopback = 'host' in place && isOfThisMachine(place.host);
      return listen(app, place);
    },
    async close() {
      stopWatching();
      open.close();
      // Whoever ordered something hears of it, and what is held open says its last word, before connections are cut.
      await atWork.ended(options.closeWithinMs ?? 1_000);
      await app.close();
    },
  };
}

function roomOf(access: Access): AccessRoom {
  return createAccessRoom({ configured: access.type === 'tokens' ? access.tokens : [] });
}

/** What is held open ends with the token or the session that opened it: at once, or soon after its time. */
function endWithItsToken(open: OpenRequests, entry: Entry): () => void {
  const look = () => open.keep((request) => entry.mayGoOn(request));
  const stopListening = entry.room.onEnd(look);
  const timer = setInterval(look, openLookEveryMs);
  timer.unref();
  return () => {
    stopListening();
    clearInterval(timer);
  };
}

function notThere({ method, url }: FastifyRequest): RequestProblem {
  const path = url.split('?', 1)[0] ?? '';
  return new RequestProblem('not-found', `there is no ${method} ${path.slice(0, 500)}`);
}

function noPlaybooks(): PlaybookSources {
  return { playbooks: [], written: [], warnings: [] };
}

function countRequests(
  app: FastifyInstance,
  book: RouteBook,
  open: OpenRequests,
  { requests }: ServerFigures,
): void {
  requests.addHeld(() => open.size);
  app.addHook('onReady', async () => {
    for (const { id } of book.declarations) requests.addRoute(id);
  });
  app.addHook('onResponse', (request, reply, done) => {
    requests.add(request.routeOptions.config.operation, reply.statusCode);
    done();
  });
}

async function listen(app: FastifyInstance, place: ListenPlace): Promise<string> {
  if ('socketPath' in place) {
    app.server.on('connection', (socket) => socket.unref());
    await app.listen({ path: place.socketPath });
    await chmod(place.socketPath, 0o600);
    // For processes on the host: it must not keep an application alive that has nothing else to do.
    app.server.unref();
    return `unix:${place.socketPath}`;
  }
  await app.listen({ host: place.host, port: place.port });
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : place.port;
  return `http://${place.host.includes(':') ? `[${place.host}]` : place.host}:${port}`;
}

/** Fastify's own refusals, by code. */
const problemByCode: Readonly<Record<string, ProblemName>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'not-json',
};

/** After a write that failed the engine tries again each second. */
const storeRetrySeconds = 2;

function answerFailure(
  thrown: unknown,
  reply: FastifyReply,
  onFailure: ServerOptions['onFailure'],
): FastifyReply {
  const error =
    thrown instanceof StoppingError
      ? refusalOf({ reason: thrown.message, later: 'stopping' }, 'not-ready')
      : thrown;
  const { name, detail, field } = meaningOf(error);
  if (error instanceof RequestProblem && error.retryAfterS !== undefined) {
    reply.header('retry-after', String(error.retryAfterS));
  }
  if (name === 'internal') onFailure?.(error);
  if (name === 'not-stored') reply.header('retry-after', String(storeRetrySeconds));
  const body = problemBody(name, detail, field);
  return reply.status(body.status).type(problemMediaType).send(body);
}

function meaningOf(error: unknown): { name: ProblemName; detail: string; field?: string | undefined } {
  if (error instanceof RequestProblem) {
    return { name: error.code, detail: error.message, field: error.field };
  }
  // A value that is not JSON is a fault of ours, and no time mends it.
  if (error instanceof StoreError && error.code !== 'store-not-json') {
    const detail = `nothing was taken, since it could not be written to disk (${error.code}): send it again later; the healer's own output says what to do`;
    return { name: 'not-stored', detail };
  }
  if (isFastifyError(error) && (error.statusCode ?? 500) < 500) {
    const name = problemByCode[error.code] ?? 'malformed';
    return { name, detail: error.message };
  }
  return { name: 'internal', detail: 'the healer failed; its own output says why' };
}

function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && 'statusCode' in error;
}

/** What is no HTTP, or too much of it, never reaches a route. */
function answerBrokenRequest(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return;
  const body = brokenRequestBody(error.code);
  const text = JSON.stringify(body);
  socket.end(
    `HTTP/1.1 ${body.status} ${http.STATUS_CODES[body.status]}\r\nconnection: close\r\ncontent-type: ${problemMediaType}\r\n` +
      `content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
}

function brokenRequestBody(code: string | undefined): ProblemBody {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return problemBody('headers-too-large', `at most ${headerLimitBytes} bytes of headers are taken`);
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return problemBody('too-slow', 'the request did not arrive whole in time: send it again');
    default:
      return problemBody('malformed', 'this is no HTTP request that can be read');
  }
}
