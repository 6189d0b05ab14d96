import { z } from 'zod';

const host = z.string().min(1).max(253).default('127.0.0.1').describe('Name or address of the server');
const secret = z.string().max(1_000).describe('Kept out of messages and logs');

function port(standard: number) {
  return z.int().min(1).max(65_535).default(standard).describe(`TCP port, ${standard} where not written`);
}

const tcp = z.strictObject({
  type: z.literal('tcp'),
  host,
  port: z.int().min(1).max(65_535).describe('TCP port'),
});

const http = z.strictObject({
  type: z.literal('http'),
  url: z.url({ protocol: /^https?$/ }).describe('Asked with GET; redirections are not followed'),
  status: z
    .array(z.int().min(100).max(599))
    .min(1)
    .optional()
    .describe('Status codes that pass; any from 200 to 299 where not written'),
  headers: z.record(z.string(), z.string()).optional().describe('Sent with the request'),
});

const redis = z.strictObject({
  type: z.literal('redis'),
  host,
  port: port(6379),
  username: z.string().max(200).optional().describe('For servers with access lists'),
  password: secret.optional(),
  tls: z.boolean().default(false).describe('Connects with TLS'),
});

const postgres = z.strictObject({
  type: z.literal('postgres'),
  url: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'expected postgres://user:password@host:port/database')
    .describe('postgres://user:password@host:port/database'),
  expect: z
    .enum(['any', 'primary', 'replica'])
    .default('any')
    .describe('primary: a server in recovery fails; replica: one that is not in recovery fails'),
});

const rethinkdb = z.strictObject({
  type: z.literal('rethinkdb'),
  host,
  port: port(28015),
  user: z.string().max(200).default('admin').describe('Who asks'),
  password: secret.default(''),
  tls: z.boolean().default(false).describe('Connects with TLS'),
  members: z
    .array(z.strictObject({ host, port: port(28015) }))
    .max(50)
    .optional()
    .describe('More members of the cluster, asked beside the first one'),
  tables: z
    .array(z.string().regex(/^\w{1,100}\.(\w{1,100}|\*)$/, 'must be `database.table` or `database.*`'))
    .min(1)
    .max(1_000)
    .optional()
    .describe('Tables that must take writes, as `database.table` or `database.*`; none: any answer passes'),
  failoverMs: z.int().min(0).max(600_000).optional().describe('10,000 where not written'),
});

/** How the healer checks one node by itself; the part of the configuration that this folder owns. */
export const probeConfigurationSchema = z.discriminatedUnion('type', [tcp, http, redis, postgres, rethinkdb]);

/** With every default filled in: what `createProbe` takes. */
export type ProbeConfiguration = z.output<typeof probeConfigurationSchema>;

/** As written by a person. */
export type ProbeConfigurationText = z.input<typeof probeConfigurationSchema>;
