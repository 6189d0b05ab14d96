import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { KeyedRequests } from './keyed-requests.ts';
import { readPart } from './read-request.ts';
import type { AddRoute, RouteDeclaration } from './route.ts';

/** Throws what the request is refused with. */
type Check = (request: FastifyRequest, reply: FastifyReply) => void;

/** The same, by how long a body the route takes; undefined: as long as the server does. */
type Entrance = (request: FastifyRequest, reply: FastifyReply, bodyLimitBytes: number | undefined) => void;

export interface RouteRules {
  /** The check of who asks, before a byte of the body is read. */
  readonly requireRole: (declaration: RouteDeclaration) => Check;
  /** The bound over all that is taken in at one moment, before the same byte. */
  readonly enterIntake: Entrance;
  /** The same for what comes without a token, and would crowd out what comes with one. */
  readonly enterAsStranger: Entrance;
  /** Told of what is not answered in the turn in which it came, so that a server that closes waits for it. */
  readonly waitedFor: (reply: FastifyReply) => void;
  /** Does what is asked, and writes down what people ordered. */
  readonly audited: <Answer>(
    declaration: RouteDeclaration,
    request: FastifyRequest,
    asked: { readonly params?: unknown; readonly body?: unknown },
    work: () => Answer | Promise<Answer>,
  ) => Answer | Promise<Answer>;
  /** Does once what was sent with a key of its sender's. */
  readonly keyed: KeyedRequests;
}

/** The routes of one server: registered as they were declared, and remembered for OpenAPI. */
export class RouteBook {
  readonly #declarations: RouteDeclaration[] = [];

  get declarations(): readonly RouteDeclaration[] {
    return this.#declarations;
  }

  adder(app: FastifyInstance, rules: RouteRules): AddRoute {
    return (declaration, handler) => {
      this.#declarations.push(declaration);
      const { method, path, role, answer, bodyLimitBytes } = declaration;
      const within = (enter: Entrance) => hookOf((request, reply) => enter(request, reply, bodyLimitBytes));
      app.route({
        method,
        url: path,
        config: { operation: declaration.id },
        ...(bodyLimitBytes === undefined ? {} : { bodyLimit: bodyLimitBytes }),
        onRequest: [
          ...(role === null ? [] : [hookOf(rules.requireRole(declaration))]),
          ...(declaration.intake === true ? [within(rules.enterIntake)] : []),
          ...(role === null && method !== 'GET' ? [within(rules.enterAsStranger)] : []),
        ],
        handler: (request, reply) => {
          const read = readRequest(declaration, request);
          // The schemas of the declaration are what it was read by; TypeScript cannot follow that.
          const call = { ...read, caller: request.caller, request, reply } as Parameters<typeof handler>[0];
          const work = () => rules.audited(declaration, request, read, () => handler(call));
          const body = rules.keyed.once(declaration, request, reply, read, work);
          const send = (sent: unknown) => {
            if (!reply.sent) reply.status(answer.status).send(sent);
          };
          if (!(body instanceof Promise)) return void send(body);
          rules.waitedFor(reply);
          return body.then((settled) => {
            send(settled);
            return reply;
          });
        },
      });
    };
  }
}

/** Without a promise: each report passes by, and what waits for nothing is not to wait for a turn of its own. */
function hookOf(check: Check) {
  return (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    check(request, reply);
    done();
  };
}

function readRequest(declaration: RouteDeclaration, request: FastifyRequest): Record<string, unknown> {
  const { params, query, headers, body } = declaration;
  return {
    ...(params === undefined ? {} : { params: readPart(params, request.params) }),
    ...(query === undefined ? {} : { query: readPart(query, request.query) }),
    ...(headers === undefined ? {} : { headers: readPart(headers, request.headers) }),
    ...(body === undefined ? {} : { body: readPart(body, request.body) }),
  };
}
