import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AccessRoom } from '../access/access-room.ts';
import type { Deed, Origin } from '../access/audit-log.ts';
import { Authenticator } from '../access/authenticate.ts';
import { limitedAs } from '../access/failure-limit.ts';
import { type Access, type Caller, localCaller, mayActAs, roleText } from './access.ts';
import { problemOf, RequestProblem } from './problem.ts';
import type { RouteDeclaration } from './route.ts';

/** What a request brought, for the audit. */
interface Asked {
  readonly params?: unknown;
  readonly body?: unknown;
}

/** Who may enter by which route, and what is written down of it. */
export class Entry {
  readonly #access: Access;
  readonly #room: AccessRoom;
  readonly #authenticator: Authenticator;
  readonly #onFailure: (error: unknown) => void;

  /** `onFailure`: told of what could not be written into the audit. */
  constructor(access: Access, room: AccessRoom, onFailure: (error: unknown) => void) {
    this.#access = access;
    this.#room = room;
    this.#authenticator = new Authenticator(room);
    this.#onFailure = onFailure;
  }

  get room(): AccessRoom {
    return this.#room;
  }

  get authenticator(): Authenticator {
    return this.#authenticator;
  }

  get isLocal(): boolean {
    return this.#access.type === 'local';
  }

  originOf(request: FastifyRequest): Origin {
    return this.isLocal ? { address: null } : this.#authenticator.originOf(request);
  }

  /** What stands for the client's address where something is bounded by it; null by the local socket. */
  limitedAddressOf(request: FastifyRequest): string | null {
    const { address } = this.originOf(request);
    return address === null ? null : limitedAs(address);
  }

  /** The check before a byte of the body is read. */
  requireRole(declaration: RouteDeclaration) {
    const { role } = declaration;
    return (request: FastifyRequest, reply: FastifyReply): void => {
      if (role === null) return;
      const caller = this.#callerOf(request, reply, declaration);
      request.caller = caller;
      if (mayActAs(caller, role)) return;
      const problem = new RequestProblem(
        'not-allowed',
        `${caller.name} has the role ${caller.role}, and this needs ${roleText(role)}`,
      );
      this.#refuseOften(request, caller, problem);
      this.#note(declaration, request, caller, {}, problem);
      throw problem;
    };
  }

  /** Whether what a request opened may stay open: its token, or its session, is still good. */
  mayGoOn(request: FastifyRequest): boolean {
    const { caller } = request;
    if (caller === null || caller.by === 'local' || caller.by === 'proxy') return true;
    if (caller.by === 'session') return this.#authenticator.sessionOf(request) !== null;
    return caller.token === undefined || this.#room.tokens.get(caller.token) !== null;
  }

  /** Does what a caller asked, and writes down what became of it before the answer is sent. */
  audited<Answer>(
    declaration: RouteDeclaration,
    request: FastifyRequest,
    asked: Asked,
    work: () => Answer | Promise<Answer>,
  ): Answer | Promise<Answer> {
    if (!isOrder(declaration) || declaration.auditsItself === true) return work();
    return this.#auditedOrder(declaration, request, asked, work);
  }

  async #auditedOrder<Answer>(
    declaration: RouteDeclaration,
    request: FastifyRequest,
    asked: Asked,
    work: () => Answer | Promise<Answer>,
  ): Promise<Answer> {
    try {
      const answer = await work();
      this.#note(declaration, request, request.caller, asked, answer);
      return answer;
    } catch (error) {
      this.#note(declaration, request, request.caller, asked, error);
      throw error;
    }
  }

  /** Null is not among the answers: throws `not-authenticated`. */
  #callerOf(request: FastifyRequest, reply: FastifyReply, declaration: RouteDeclaration): Caller {
    if (this.isLocal) return localCaller;
    try {
      const caller = this.#authenticator.find(request);
      if (caller !== null) return caller;
      throw new RequestProblem('not-authenticated', this.#authenticator.strangerText(request));
    } catch (error) {
      if (error instanceof RequestProblem && error.code === 'not-authenticated') {
        reply.header('www-authenticate', 'Bearer realm="prunella"');
      }
      if (error instanceof RequestProblem && error.code === 'csrf-refused') {
        const caller = this.#authenticator.peek(request);
        if (caller !== null) this.#refuseOften(request, caller, error);
        this.#note(declaration, request, caller, {}, error);
      }
      throw error;
    }
  }

  /** Whoever asks for what is not theirs again and again, fills no disk with entries. */
  #refuseOften(request: FastifyRequest, caller: Caller, problem: RequestProblem): void {
    if (caller.by === 'local') return;
    const { failures } = this.#room;
    const key = `refused ${caller.token ?? caller.name} ${this.originOf(request).address}`;
    const blockedS = failures.blockedForS(key);
    if (blockedS !== null) {
      throw new RequestProblem('too-many-failures', `${problem.message}; ask again in ${blockedS} s`, {
        retryAfterS: blockedS,
      });
    }
    failures.fail(key);
  }

  #note(
    declaration: RouteDeclaration,
    request: FastifyRequest,
    caller: Caller | null,
    asked: Asked,
    outcome: unknown,
  ): void {
    if (!isOrder(declaration)) return;
    try {
      this.#room.audit.write(caller, this.originOf(request), deedOf(declaration, request, asked, outcome));
    } catch (error) {
      // What was ordered is done and on disk: to deny it now would be worse than a gap that is told.
      this.#onFailure(error);
    }
  }
}

/** What people order; what programs tell has its own record. */
function isOrder({ method, role, intake }: RouteDeclaration): boolean {
  return method !== 'GET' && role !== null && role !== 'reporter' && intake !== true;
}

function deedOf(
  declaration: RouteDeclaration,
  request: FastifyRequest,
  asked: Asked,
  outcome: unknown,
): Deed {
  const params = (asked.params ?? request.params ?? {}) as Readonly<Record<string, unknown>>;
  const { resource } = (asked.body ?? {}) as Readonly<Record<string, unknown>>;
  const target = {
    ...Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)])),
    ...(typeof resource === 'string' ? { resource } : {}),
  };
  const base = { action: declaration.id, target, request: asked.body ?? {} };
  if (outcome instanceof RequestProblem) {
    const { status } = problemOf(outcome.code);
    return { ...base, result: status < 500 ? 'refused' : 'failed', status, detail: outcome.message };
  }
  if (outcome instanceof Error) {
    return { ...base, result: 'failed', status: null, detail: outcome.message };
  }
  const note = typeof outcome === 'object' && outcome !== null && 'note' in outcome ? outcome.note : '';
  return {
    ...base,
    result: 'done',
    status: declaration.answer.status,
    detail: typeof note === 'string' ? note : '',
  };
}
