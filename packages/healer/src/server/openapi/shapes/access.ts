import { z } from 'zod';
import { time } from './terms.ts';

const optionalTime = time.nullable();

const token = z.object({
  id: z.string().describe('`t-...`; `configured:ROLE` for those that the configuration names.'),
  name: z.string(),
  role: z.enum(['reporter', 'viewer', 'operator', 'admin']),
  state: z.enum(['configured', 'good', 'expired', 'revoked']),
  services: z.array(z.string()).nullable().describe('What it speaks for; null: for all.'),
  resources: z.array(z.string()).nullable().describe('The same.'),
  signals: z
    .array(z.string())
    .nullable()
    .describe("Types of the healer's own signals that it may send all the same; null: none."),
  createdAt: optionalTime,
  createdBy: z.string().nullable(),
  expiresAt: optionalTime,
  revokedAt: optionalTime,
  lastUsedAt: optionalTime.describe('To the minute, once it is written.'),
});

const auditEntry = z.object({
  sequence: z.int(),
  at: time,
  actor: z.object({
    name: z.string(),
    role: z.enum(['reporter', 'viewer', 'operator', 'admin']).nullable(),
    by: z.enum(['token', 'session', 'proxy', 'local', 'slack', 'healer', 'nobody']),
    token: z.string().optional().describe('The id of the token.'),
    person: z.string().optional().describe('As the request says, where a token stands for several.'),
  }),
  from: z.string().nullable().describe('Address; null on the local socket.'),
  via: z.string().optional().describe('The proxy that named the address.'),
  action: z.string().describe('The id of the operation.'),
  target: z.record(z.string(), z.string()),
  request: z.unknown().describe('What was asked, without secrets; cut off where it is long.'),
  result: z.enum(['done', 'refused', 'failed']),
  status: z.int().nullable(),
  detail: z.string(),
  hash: z.string().describe('SHA-256, in hex, over the hash of the entry before and this one.'),
});

export const accessShapes = {
  Token: token,
  Tokens: z.object({ items: z.array(token), next: z.string().optional() }),
  MadeToken: z.object({
    token,
    secret: z.string().describe('What the holder shows. It is in this answer and nowhere else.'),
    former: token.optional().describe('The one before, and until when it is good.'),
  }),
  Audit: z.object({ items: z.array(auditEntry), next: z.string().optional() }),
  SignInCode: z.object({
    code: z.string(),
    expiresAt: time.describe('Milliseconds since the Unix epoch.'),
  }),
  Session: z.object({
    name: z.string(),
    role: z.enum(['viewer', 'operator', 'admin']),
    csrfToken: z.string().describe('For the header `x-prunella-csrf` of everything but GET.'),
    expiresAt: time.describe('When it ends at the latest, milliseconds since the Unix epoch.'),
  }),
};
