import { durationText } from '@prunella/core';
import { z } from 'zod';
import { isAddressRange } from '../configuration/address-ranges.ts';
import type { PathBase } from '../configuration/file-path.ts';
import { secretReference } from '../configuration/secret.ts';

export function serverConfiguration() {
  return z.strictObject({
    host: z.string().min(1).max(253).prefault('127.0.0.1').describe('Address to listen on.'),
    port: z.int().min(0).max(65_535).prefault(7766).describe('Port to listen on; 0 takes a free one.'),
    hosts: z
      .array(
        z.string().regex(/^[A-Za-z0-9.-]{1,253}(?::\d{1,5})?$/, 'must be a name, such as healer.example.com'),
      )
      .max(100)
      .prefault([])
      .describe(
        'Names under which browsers reach it, where a proxy lies between, beside that of the request.',
      ),
    sessions: z
      .strictObject({
        idle: durationText({ leastMs: 60_000 })
          .prefault('12h')
          .describe('A browser that asks for nothing is signed out after this.'),
        longest: durationText({ leastMs: 60_000 })
          .prefault('7d')
          .describe('No session lasts longer, nor longer than its token.'),
      })
      .prefault({})
      .transform(({ idle, longest }) => ({ idleMs: idle, longestMs: longest }))
      .describe('How long a browser stays signed in.'),
    proxy: proxyConfiguration().optional().describe('A reverse proxy that says who asks.'),
    metrics: z
      .enum(['token', 'open'])
      .prefault('token')
      .describe('Who may read `/metrics`: `token`, whoever has one of the role viewer; `open`, everybody.'),
  });
}

const personRole = z.enum(['viewer', 'operator', 'admin']);

const headerName = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,100}$/, 'must be the name of a header, such as x-forwarded-user')
  .refine(
    (name) => !ownHeaders.has(name.toLowerCase()),
    'must be a header that the proxy sets and nothing else uses, such as x-forwarded-user',
  );

const ownHeaders: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'host',
  'origin',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-prunella-csrf',
]);

function proxyConfiguration() {
  return z
    .strictObject({
      addresses: z
        .array(
          z.string().refine(isAddressRange, 'must be an address or a range, such as 10.0.0.7 or 10.0.0.0/24'),
        )
        .min(1)
        .max(100)
        .refine(
          (ranges) => !ranges.some((range) => range.endsWith('/0')),
          'must not be everybody: whoever is trusted can be anyone',
        )
        .describe('From where its headers are believed: X-Forwarded-For, -Host, -Proto, and those below.'),
      userHeader: headerName
        .optional()
        .describe('Names the person. Left out: the proxy names addresses only.'),
      groupsHeader: headerName.optional().describe("Names the person's groups, separated by commas."),
      roles: z
        .record(z.string().min(1).max(200), personRole)
        .prefault({})
        .describe('What members of a group may do; of several groups the most counts.'),
      everybody: personRole
        .optional()
        .describe('What everybody may do whom it names. Left out: only those of a named group come in.'),
    })
    .refine(
      ({ userHeader, groupsHeader, everybody }) =>
        userHeader !== undefined || (groupsHeader === undefined && everybody === undefined),
      'needs `userHeader`: groups and roles are those of a named person',
    );
}

export function tokensConfiguration(base: PathBase) {
  return z.strictObject({
    reporter: secretReference(base).optional().describe('Of applications: it can report, and nothing else.'),
    operator: secretReference(base)
      .optional()
      .describe('Of people: it can also approve, reject, pause and resume.'),
  });
}

export type TokensConfiguration = z.output<ReturnType<typeof tokensConfiguration>>;
