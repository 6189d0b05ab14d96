import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../server/access.ts';
import { RequestProblem } from '../server/problem.ts';
import type { AccessRoom } from './access-room.ts';
import type { Origin } from './audit-log.ts';
import { limitedAs } from './failure-limit.ts';
import type { CredentialKind } from './refused-credentials.ts';
import { csrfTokenOf, type Session } from './sessions.ts';
import type { KnownToken } from './token-registry.ts';
import { isBrokenToken } from './token-text.ts';

const sessionCookie = 'prunella_session';
const csrfHeader = 'x-prunella-csrf';
const bearer = /^Bearer +(\S+)$/i;

/** People whom a proxy names have no cookie of ours; their CSRF token follows from their name, until a restart. */
const personKey = randomBytes(32).toString('base64url');

/** Finds out who sent a request. */
export class Authenticator {
  readonly #room: AccessRoom;

  constructor(room: AccessRoom) {
    this.#room = room;
  }

  originOf(request: FastifyRequest): Origin {
    return this.#room.proxies.clientOf(remoteOf(request), request.headers);
  }

  /**
   * Null: nobody. What is shown first counts: a token, a session, a person whom a proxy names. Throws
   * `too-many-failures`, `not-authenticated` for a token that is none, `csrf-refused`.
   */
  find(request: FastifyRequest): Caller | null {
    const secret = bearerToken(request.headers.authorization);
    if (secret !== null) return callerOf(this.byToken(request, secret));
    const session = this.sessionOf(request);
    if (session !== null) {
      requireSameSite(request, this.#room, session.csrfToken);
      return { ...callerOf(session.token), by: 'session' };
    }
    const person = this.personOf(request);
    if (person !== null) requireSameSite(request, this.#room, person.csrfToken);
    else if (cookieOf(request) !== undefined) this.#room.figures.credentialRefused('session');
    return person?.caller ?? null;
  }

  /** Whose session or name a request shows, whether or not it may be believed; for the audit. */
  peek(request: FastifyRequest): Caller | null {
    const session = this.sessionOf(request);
    if (session !== null) return { ...callerOf(session.token), by: 'session' };
    return this.personOf(request)?.caller ?? null;
  }

  /** By a secret, from a header or a form. */
  byToken(request: FastifyRequest, secret: string, kind: CredentialKind = 'token'): KnownToken {
    const { tokens, failures, audit, figures } = this.#room;
    const origin = this.originOf(request);
    const address = limitedAs(origin.address ?? '');
    const token = tokens.find(secret);
    const blockedS = failures.blockedForS(address);
    if (blockedS !== null && (token === null || !failures.wasGood(address, holderOf(token)))) {
      figures.credentialRefused('address');
      throw new RequestProblem(
        'too-many-failures',
        `too many wrong tokens came from ${origin.address}: try again in ${blockedS} s`,
        { retryAfterS: blockedS },
      );
    }
    if (token !== null) {
      failures.noteGood(address, holderOf(token));
      tokens.noteUse(token);
      return token;
    }
    figures.credentialRefused(kind);
    if (failures.fail(address) && !isOften(failures)) {
      audit.write(null, origin, {
        action: 'refuseAddress',
        result: 'refused',
        status: 429,
        detail: 'too many wrong tokens came from there',
      });
    }
    throw new RequestProblem('not-authenticated', unknownTokenText(secret));
  }

  sessionOf(request: FastifyRequest): Session | null {
    const cookie = cookieOf(request);
    return cookie === undefined ? null : this.#room.sessions.find(cookie);
  }

  /** Whom a trusted proxy names. Throws where it names nobody who may come in. */
  personOf(request: FastifyRequest): { readonly caller: Caller; readonly csrfToken: string } | null {
    const person = this.#room.proxies.personOf(remoteOf(request), request.headers);
    if (person === null) return null;
    if (person === 'unreadable') {
      throw new RequestProblem(
        'malformed',
        "the proxy's header must hold one name of at most 200 characters",
      );
    }
    if (person.role === null) {
      throw new RequestProblem(
        'not-allowed',
        `${person.name} is in no group that may come in: \`server.proxy.roles\` in prunella.yaml names them`,
      );
    }
    const caller: Caller = { name: person.name, role: person.role, by: 'proxy' };
    return { caller, csrfToken: csrfTokenOf(`${personKey} ${person.name}`) };
  }

  /** Why nobody was found, for a person. */
  strangerText(request: FastifyRequest): string {
    const { proxies } = this.#room;
    const header = proxies.ignoredHeader(remoteOf(request), request.headers);
    if (header !== null) {
      return `the header ${header} was ignored: ${remoteOf(request)} is none of \`server.proxy.addresses\``;
    }
    if (cookieOf(request) !== undefined) return 'the session is over: sign in again';
    if (request.headers.authorization !== undefined) {
      return 'the header `Authorization` holds no token: write it as `Authorization: Bearer TOKEN`';
    }
    return 'send the header `Authorization: Bearer TOKEN`; the healer said at its start where its tokens are';
  }
}

/** The same after a rotation, which whoever was good goes through by itself. */
function holderOf({ name, role }: KnownToken): string {
  return `${role} ${name}`;
}

/** So that a flood from ever new addresses does not become a flood of entries: twenty, then ten a minute. */
function isOften(failures: AccessRoom['failures']): boolean {
  const everybody = 'entries of the audit';
  if (failures.blockedForS(everybody) !== null) return true;
  failures.fail(everybody);
  return false;
}

function unknownTokenText(secret: string): string {
  if (isBrokenToken(secret)) return 'this is no whole token: it was cut off or mistyped, copy it again';
  return 'the healer knows no such token, or not any more: ask an admin for one, or look where it said that its tokens are';
}

function callerOf({ id, name, role, services, resources, signals }: KnownToken): Caller {
  return { name, role, by: 'token', token: id, services, resources, signals };
}

/**
 * A browser sends cookies, and a proxy its headers, whoever made it ask: so that no other site orders anything, the
 * request must come from our own page and hold what only that can know.
 */
function requireSameSite(request: FastifyRequest, room: AccessRoom, csrfToken: string): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  requireOwnOrigin(request, room);
  const given = request.headers[csrfHeader];
  if (typeof given === 'string' && isEqual(given, csrfToken)) return;
  throw new RequestProblem(
    'csrf-refused',
    given === undefined
      ? `send the header ${csrfHeader} with the csrfToken of GET /v1/session, or a token in place of the cookie`
      : `the header ${csrfHeader} is not that of this session: ask GET /v1/session again`,
  );
}

/** Throws `csrf-refused` where a browser says that another site made it ask. */
export function requireOwnOrigin(request: FastifyRequest, room: AccessRoom): void {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    throw new RequestProblem(
      'csrf-refused',
      `a browser was sent here from elsewhere (Sec-Fetch-Site: ${String(site)})`,
    );
  }
  const { origin } = request.headers;
  if (origin === undefined) return;
  const own = room.proxies.hostOf(remoteOf(request), request.headers);
  const asked = URL.parse(origin)?.host;
  if (asked !== undefined && (asked === own || room.hosts.some((host) => sameHost(host, asked)))) return;
  throw new RequestProblem(
    'csrf-refused',
    `the request comes from ${origin.slice(0, 200)} and went to ${own ?? 'nobody'}: where a proxy lies between, let it pass the header Host, or name the host under \`server.hosts\``,
  );
}

/** `example.com` stands for every port. */
function sameHost(named: string, asked: string): boolean {
  return named.toLowerCase() === asked || named.toLowerCase() === asked.replace(/:\d+$/, '');
}

export function setSessionCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  room: AccessRoom,
  cookie: { readonly value: string; readonly maxAgeS: number },
): void {
  // A proxy that is not trusted may lie between; the browser itself says in `Origin` how it came.
  const isOverTls =
    room.proxies.isOverTls(remoteOf(request), request.headers) ||
    request.headers.origin?.startsWith('https://') === true;
  const secure = isOverTls ? '; Secure' : '';
  reply.header(
    'set-cookie',
    `${sessionCookie}=${cookie.value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${cookie.maxAgeS}${secure}`,
  );
}

export function cookieOf(request: FastifyRequest): string | undefined {
  const { cookie } = request.headers;
  if (cookie === undefined) return undefined;
  for (const part of cookie.split(';')) {
    const [name, value] = part.trim().split('=', 2);
    if (name === sessionCookie && value !== undefined && /^[\w-]{43}$/.test(value)) return value;
  }
  return undefined;
}

function remoteOf(request: FastifyRequest): string {
  return request.socket.remoteAddress ?? '';
}

/** Null also for other schemes: a proxy may pass on what it asked its people for itself. */
function bearerToken(authorization: string | undefined): string | null {
  const match = bearer.exec(authorization ?? '');
  return match?.[1] ?? null;
}

/** Right or wrong. */
export function showsToken({ headers: { authorization } }: FastifyRequest): boolean {
  return authorization !== undefined && bearer.test(authorization);
}

function isEqual(left: string, right: string): boolean {
  const [one, other] = [Buffer.from(left), Buffer.from(right)];
  return one.length === other.length && timingSafeEqual(one, other);
}
