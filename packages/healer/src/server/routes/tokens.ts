import { z } from 'zod';
import type { AuditRecord, StoredToken } from '../../access/access-records.ts';
import { TokenError } from '../../access/token-registry.ts';
import { grantableSignal } from '../../sources/own-signals.ts';
import type { Caller } from '../access.ts';
import type { Entry } from '../entry.ts';
import { Cursors, pageQuery } from '../paging.ts';
import { type ProblemName, RequestProblem } from '../problem.ts';
import { nameText } from '../read-request.ts';
import type { AddRoute, RouteDeclaration } from '../route.ts';

const patterns = z
  .array(nameText)
  .min(1)
  .max(100)
  .optional()
  .describe('Of a reporter only: what it speaks for; `*` stands for any characters. Left out: for all.');

const dayMs = 24 * 60 * 60 * 1_000;
/** A token for longer is one without an end. */
const longestMs = 3_660 * dayMs;
const expiresInMs = z
  .int()
  .min(60_000)
  .max(longestMs)
  .optional()
  .describe('Left out: it does not end by itself.');

const newToken = z
  .strictObject({
    name: nameText,
    role: z.enum(['reporter', 'viewer', 'operator', 'admin']),
    services: patterns,
    resources: patterns,
    signals: z
      .array(
        z
          .string()
          .regex(grantableSignal, 'must be process.exit, one of monitors such as monitor.http, or monitor.*'),
      )
      .min(1)
      .max(20)
      .optional()
      .describe(
        "Of a reporter only: types of the healer's own signals that it may send all the same: `process.exit`, `monitor.*`.",
      ),
    expiresInMs,
  })
  .refine(
    ({ role, services, resources, signals }) =>
      role === 'reporter' || (services ?? resources ?? signals) === undefined,
    { message: 'only a reporter has services, resources and signals', path: ['role'] },
  );

const listTokens = {
  id: 'listTokens',
  method: 'GET',
  path: '/v1/tokens',
  summary: 'All tokens, those of the configuration too, without their secrets',
  role: 'admin',
  query: z.strictObject(pageQuery(500)),
  answer: {
    status: 200,
    shape: 'Tokens',
    description: 'Those of the configuration, then the oldest first; what is over, for 90 days.',
  },
} as const satisfies RouteDeclaration;

const createToken = {
  id: 'createToken',
  method: 'POST',
  path: '/v1/tokens',
  summary: 'Makes a token',
  description: 'The secret is in this answer and nowhere else.',
  role: 'admin',
  auditsItself: true,
  body: newToken,
  answer: { status: 201, shape: 'MadeToken', description: 'Good at once.' },
  problems: ['refused'],
} as const satisfies RouteDeclaration;

const params = z.object({ token: nameText.describe('Its id, or its name.') });

const rotateToken = {
  id: 'rotateToken',
  method: 'POST',
  path: '/v1/tokens/:token/rotate',
  summary: 'Makes a new secret for the same holder; the one before is good for a while yet',
  role: 'admin',
  auditsItself: true,
  params,
  body: z.strictObject({
    overlapMs: z
      .int()
      .min(0)
      .max(90 * dayMs)
      .default(dayMs)
      .describe('How long the one before is good. Default: a day.'),
    expiresInMs,
  }),
  answer: { status: 201, shape: 'MadeToken', description: 'Good at once.' },
  problems: ['not-found', 'refused'],
} as const satisfies RouteDeclaration;

const revokeToken = {
  id: 'revokeToken',
  method: 'POST',
  path: '/v1/tokens/:token/revoke',
  summary: 'Ends a token, and with it the sessions that it opened',
  description:
    'By a name it ends every secret that is good under it, the one before a rotation too; by an id that one alone.',
  role: 'admin',
  auditsItself: true,
  params,
  answer: { status: 200, shape: 'Token', description: 'Good for nothing from now on.' },
  problems: ['not-found', 'refused'],
} as const satisfies RouteDeclaration;

/** What an admin does with tokens. Each is in force when it is answered. */
export function tokenRoutes(add: AddRoute, entry: Entry): void {
  const { room } = entry;
  const { tokens } = room;
  const shown = (token: StoredToken) => shownToken(token, room.now());

  add(listTokens, ({ query: { cursor, limit } }) => {
    const configured = tokens.configured.map(({ id, name, role }) => {
      return { ...blank, id, name, role, state: 'configured' as const };
    });
    const after = cursor === undefined ? null : cursors.read(cursor);
    const rest = [...configured, ...tokens.list().map(shown)]
      .sort((left, right) => comparePlaces(placeOf(left), placeOf(right)))
      .filter((row) => after === null || comparePlaces(placeOf(row), after) > 0);
    const { rows, ...next } = cursors.page(rest, limit, placeOf);
    return { items: rows, ...next };
  });

  add(createToken, ({ body, caller, request }) => {
    const { expiresInMs: inMs, ...wanted } = body;
    const expiresAt = inMs === undefined ? undefined : room.now() + inMs;
    const { token, secret } = refusing(entry, 'createToken', request, caller, body.name, () =>
      tokens.create({ ...wanted, expiresAt }, nameOf(caller), (made) => [
        record('createToken', entry, request, caller, made, `made for ${made.name}, role ${made.role}`, body),
      ]),
    );
    return { token: shown(token), secret };
  });

  add(rotateToken, ({ params: { token: named }, body, caller, request }) => {
    const expiresAt = body.expiresInMs === undefined ? undefined : room.now() + body.expiresInMs;
    const { token, secret, former } = refusing(entry, 'rotateToken', request, caller, named, () =>
      tokens.rotate(
        tokens.idOf(named),
        body.overlapMs,
        nameOf(caller),
        (made) => [
          record('rotateToken', entry, request, caller, made, `a new secret for ${made.name}`, body),
        ],
        expiresAt,
      ),
    );
    return { token: shown(token), secret, former: shown(former) };
  });

  add(revokeToken, ({ params: { token: named }, caller, request }) =>
    refusing(entry, 'revokeToken', request, caller, named, () =>
      shown(
        tokens.revoke(named, (over) => [
          record('revokeToken', entry, request, caller, over, `${over.name} is revoked`, {}),
        ]),
      ),
    ),
  );
}

/** When it was made, and its id; those of the configuration before all. */
const cursors = new Cursors('tokens', z.tuple([z.number(), z.string()]));

type Place = [createdAt: number, id: string];

function placeOf({ createdAt, id }: { readonly createdAt: number | null; readonly id: string }): Place {
  return [createdAt ?? -1, id];
}

function comparePlaces([leftAt, left]: Place, [rightAt, right]: Place): number {
  return leftAt - rightAt || (left < right ? -1 : Number(left > right));
}

type Request = Parameters<Entry['originOf']>[0];

function record(
  action: string,
  entry: Entry,
  request: Request,
  caller: Caller | null,
  { id, name }: StoredToken,
  detail: string,
  asked: unknown,
): AuditRecord {
  const target = { token: id, name };
  const deed = { action, target, request: asked, result: 'done', status: 200, detail } as const;
  return entry.room.audit.recordOf(caller, entry.originOf(request), deed);
}

const problemNames: Readonly<Record<TokenError['code'], ProblemName>> = {
  'unknown-token': 'not-found',
  'token-over': 'refused',
  'too-many-tokens': 'refused',
  'name-taken': 'refused',
};

/** What cannot be done is said to whoever asked, and written down. */
function refusing<Result>(
  entry: Entry,
  action: string,
  request: Request,
  caller: Caller | null,
  named: string,
  work: () => Result,
): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    const name = problemNames[error.code];
    const deed = {
      action,
      target: { token: named },
      result: 'refused',
      status: 409,
      detail: error.message,
    } as const;
    entry.room.audit.write(caller, entry.originOf(request), deed);
    throw new RequestProblem(name, error.message);
  }
}

const blank = {
  services: null,
  resources: null,
  signals: null,
  createdAt: null,
  createdBy: null,
  expiresAt: null,
  revokedAt: null,
  lastUsedAt: null,
};

function shownToken({ hash: _hash, ...token }: StoredToken, now: number) {
  const { revokedAt, expiresAt } = token;
  const isOver = expiresAt !== null && now >= expiresAt;
  return { ...token, state: revokedAt !== null ? 'revoked' : isOver ? 'expired' : 'good' } as const;
}

function nameOf(caller: Caller | null): string {
  return caller?.name ?? 'nobody';
}
