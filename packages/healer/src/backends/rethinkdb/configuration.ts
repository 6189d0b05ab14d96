import { z } from 'zod';
import type { PathBase } from '../../configuration/file-path.ts';
import { secretReference } from '../../configuration/secret.ts';

/** The members of RethinkDB clusters, through which a dead member is declared dead. */
export function rethinkdbConfiguration(base: PathBase) {
  const member = z.strictObject({
    host: z.string().min(1).max(253).prefault('127.0.0.1').describe('Name or address.'),
    port: z.int().min(1).max(65_535).prefault(28_015).describe('Where it takes drivers.'),
    server: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe('Its `--server-name`, where that is not the name it has here.'),
  });
  return z.strictObject({
    members: z
      .record(
        z.string().regex(/^[A-Za-z0-9][\w.-]{0,99}$/, 'must be a name of letters, digits, `.`, `_` and `-`'),
        member,
      )
      .describe('By name; the name is the target of a node.'),
    user: z
      .string()
      .min(1)
      .max(200)
      .prefault('admin')
      .describe('Who repairs; needs the permission `config`.'),
    password: secretReference(base).optional().describe('Where the password is; none is an empty one.'),
    tls: z.boolean().prefault(false).describe('Connects with TLS.'),
  });
}

export type RethinkdbConfiguration = z.output<ReturnType<typeof rethinkdbConfiguration>>;
