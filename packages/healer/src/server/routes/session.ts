import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { cookieOf, requireOwnOrigin, setSessionCookie } from '../../access/authenticate.ts';
import type { Session } from '../../access/sessions.ts';
import type { KnownToken } from '../../access/token-registry.ts';
import type { Caller, Role } from '../access.ts';
import type { Entry } from '../entry.ts';
import { RequestProblem } from '../problem.ts';
import type { AddRoute, RouteDeclaration } from '../route.ts';

const openSession = {
  id: 'openSession',
  method: 'POST',
  path: '/v1/session',
  summary: 'Signs a browser in with a token',
  description:
    'The answer sets the cookie `prunella_session`. With it, everything but GET needs the header `x-prunella-csrf` with the `csrfToken`. A session may do what its token may do now, and ends with it.',
  role: null,
  body: z.union([
    z.strictObject({ token: z.string().min(1).max(1_000) }),
    z.strictObject({ code: z.string().min(1).max(100).describe('Of `POST /v1/session/code`.') }),
  ]),
  bodyLimitBytes: 4_096,
  answer: { status: 201, shape: 'Session', description: 'Signed in.' },
  problems: ['not-authenticated', 'not-allowed', 'csrf-refused', 'too-many-failures', 'not-stored'],
} as const satisfies RouteDeclaration;

const makeCode = {
  id: 'makeSignInCode',
  method: 'POST',
  path: '/v1/session/code',
  summary: 'A code that signs one browser in, as whoever asks',
  description:
    'For programs that open a browser: the page takes it from `/#sign-in=CODE`, which is sent to nobody, and trades it for a session. Good once, for 2 minutes.',
  role: ['viewer', 'operator', 'admin'],
  answer: { status: 201, shape: 'SignInCode', description: 'Shown this once.' },
  problems: ['refused'],
} as const satisfies RouteDeclaration;

const getSession = {
  id: 'getSession',
  method: 'GET',
  path: '/v1/session',
  summary: 'Who is signed in: by a cookie, or by the name that a trusted proxy gave',
  role: null,
  answer: { status: 200, shape: 'Session', description: 'This one.' },
  problems: ['not-authenticated', 'not-allowed'],
} as const satisfies RouteDeclaration;

const closeSession = {
  id: 'closeSession',
  method: 'DELETE',
  path: '/v1/session',
  summary: 'Signs out',
  role: ['viewer', 'operator', 'admin'],
  auditsItself: true,
  answer: { status: 204, description: 'Signed out; the cookie is good for nothing.' },
} as const satisfies RouteDeclaration;

/** How long a page may take a name from a proxy for granted before it asks again, ms. */
const personForMs = 60 * 60 * 1_000;

/** Browsers. On the local socket there are none, and whoever asks is told that they are signed in as its user. */
export function sessionRoutes(add: AddRoute, entry: Entry): void {
  const { room, authenticator } = entry;

  add(openSession, ({ body, request, reply }) => {
    requireOwnOrigin(request, room);
    const token =
      'token' in body ? authenticator.byToken(request, body.token) : byCode(entry, request, body.code);
    if (token.role === 'reporter') {
      throw new RequestProblem(
        'not-allowed',
        `${token.name} is an application's token: sign in with one of the role viewer, operator or admin`,
      );
    }
    const caller: Caller = { name: token.name, role: token.role, by: 'token', token: token.id };
    const signedIn = { action: 'openSession', result: 'done', status: 201, detail: 'signed in' } as const;
    const { cookie, session } = room.sessions.open(token, cookieOf(request), [
      room.audit.recordOf(caller, entry.originOf(request), signedIn),
    ]);
    const maxAgeS = Math.max(0, Math.floor((session.expiresAt - room.now()) / 1_000));
    setSessionCookie(request, reply, room, { value: cookie, maxAgeS });
    return shown(session);
  });

  add(makeCode, ({ caller }) => {
    // Who comes by the local socket may read the operator's token as well; nobody else without a token may.
    const id = caller?.by === 'local' ? 'configured:operator' : caller?.token;
    const token = id === undefined ? null : room.tokens.get(id);
    if (token !== null) return room.codes.make(token);
    throw new RequestProblem('refused', 'who is named by a proxy signs in there, and has no token to go by');
  });

  add(getSession, ({ request }) => {
    if (entry.isLocal) throw new RequestProblem('not-authenticated', 'the local socket needs no session');
    const session = authenticator.sessionOf(request);
    if (session !== null) return shown(session);
    const person = authenticator.personOf(request);
    if (person === null) {
      throw new RequestProblem('not-authenticated', authenticator.strangerText(request));
    }
    const { name, role } = person.caller;
    const expiresAt = room.now() + personForMs;
    return { name, role: roleOfPerson(role), csrfToken: person.csrfToken, expiresAt };
  });

  add(closeSession, ({ request, reply, caller }) => {
    const cookie = cookieOf(request);
    if (cookie === undefined || caller?.by !== 'session') return;
    const signedOut = { action: 'closeSession', result: 'done', status: 204, detail: 'signed out' } as const;
    room.sessions.close(cookie, [room.audit.recordOf(caller, entry.originOf(request), signedOut)]);
    setSessionCookie(request, reply, room, { value: '', maxAgeS: 0 });
  });
}

/** A wrong one counts as a wrong token does. */
function byCode({ room, authenticator }: Entry, request: FastifyRequest, code: string): KnownToken {
  const token = room.codes.use(code);
  if (token !== null) return token;
  try {
    return authenticator.byToken(request, code, 'code');
  } catch (error) {
    if (!(error instanceof RequestProblem) || error.code !== 'not-authenticated') throw error;
    throw new RequestProblem(
      'not-authenticated',
      'this link was used already, or is too old: ask for another',
    );
  }
}

function shown({ token, csrfToken, expiresAt }: Session) {
  return { name: token.name, role: roleOfPerson(token.role), csrfToken, expiresAt };
}

/** Applications have no sessions. */
function roleOfPerson(role: Role): Exclude<Role, 'reporter'> {
  return role === 'reporter' ? 'viewer' : role;
}
