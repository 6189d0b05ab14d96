import { z } from 'zod';
import type { AccessRoom } from '../../access/access-room.ts';
import { Cursors, pageQuery } from '../paging.ts';
import { nameText, optionalCountInQuery } from '../read-request.ts';
import type { AddRoute, RouteDeclaration } from '../route.ts';

const listAudit = {
  id: 'listAudit',
  method: 'GET',
  path: '/v1/audit',
  summary: 'Who did what, when, from where, and what became of it',
  description: 'Every order of a person, every action on tokens and sessions, and those that were refused.',
  role: 'admin',
  query: z.strictObject({
    actor: nameText.optional().describe('A name of a token or of a person.'),
    action: nameText.optional().describe('The id of an operation, such as `approveAttempt`.'),
    result: z.enum(['done', 'refused', 'failed']).optional(),
    since: optionalCountInQuery(0).describe('Milliseconds since the Unix epoch.'),
    until: optionalCountInQuery(0).describe('The same; entries before it.'),
    ...pageQuery(100),
  }),
  answer: { status: 200, shape: 'Audit', description: 'The newest first.' },
} as const satisfies RouteDeclaration;

const cursors = new Cursors('audit', z.int().min(1));

/** For admins alone: it tells addresses, and what was tried in vain. */
export function auditRoute(add: AddRoute, { audit }: AccessRoom): void {
  add(listAudit, ({ query: { cursor, limit, ...filter } }) => {
    const before = cursor === undefined ? {} : { before: cursors.read(cursor) };
    const entries = audit.read({ ...withoutUndefined(filter), ...before, limit: limit + 1 });
    const { rows, ...more } = cursors.page(entries, limit, ({ sequence }) => sequence);
    return { items: rows, ...more };
  });
}

function withoutUndefined<Value extends object>(value: Value) {
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof Value]?: Exclude<Value[Key], undefined> };
}
