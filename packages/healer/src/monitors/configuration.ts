import { durationText } from '@prunella/core';
import { isResourceName } from '@prunella/protocol';
import { z } from 'zod';
import { filePath, type PathBase } from '../configuration/file-path.ts';
import { probeQuestions } from '../configuration/probe-settings.ts';
import { secretReference } from '../configuration/secret.ts';
import { programEnvironment } from '../programs/program-environment.ts';

const headerName = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/;
const text = z.string().min(1).max(1_000);

/** Checks that the healer makes again and again; what this room owns of `prunella.yaml`. */
export function monitorsConfiguration(base: PathBase) {
  const { tcp, redis, postgres, rethinkdb } = probeQuestions(base);
  const common = {
    resource: z
      .string()
      .refine(isResourceName, 'must be `kind/name`, such as postgres/main')
      .describe('What it tells of.'),
    node: z.string().min(1).max(200).optional().describe('Which of its nodes.'),
    every: durationText({ leastMs: 100, mostMs: 86_400_000 })
      .prefault('30s')
      .describe('From one check to the next, give or take a tenth.'),
    timeout: durationText({ leastMs: 10, mostMs: 600_000 })
      .prefault('10s')
      .describe('A check that takes longer has failed.'),
    failures: z.int().min(1).max(100).prefault(2).describe('So many in a row, and it fires.'),
    recoveries: z
      .int()
      .min(1)
      .max(100)
      .prefault(2)
      .describe('So many that pass in a row, and it is resolved.'),
  };
  return z
    .record(
      z.string().regex(/^[A-Za-z0-9][\w.-]{0,62}$/, 'must be a name of letters, digits, `.`, `_` and `-`'),
      z
        .discriminatedUnion('type', [
          httpMonitor(base).extend(common),
          tcp.extend(common),
          tlsMonitor(base).extend(common),
          redis.extend(common),
          postgres.extend({
            ...common,
            query: z
              .string()
              .min(1)
              .max(10_000)
              .optional()
              .describe('Asked in a transaction that only reads; its rows are what `condition` is asked of.'),
            condition: z
              .string()
              .min(1)
              .max(1_000)
              .optional()
              .describe('CEL over `rows`, such as `rows[0].lag < 30`. Without it any answer passes.'),
          }),
          rethinkdb.extend(common),
          commandMonitor(base)
            .extend(common)
            .refine(({ command, shell }) => (command === undefined) !== (shell === undefined), {
              message: 'must have either `command` or `shell`',
            }),
        ])
        .transform(({ every, timeout, ...rest }) => ({ ...rest, everyMs: every, timeoutMs: timeout })),
    )
    .refine((monitors) => Object.keys(monitors).length <= 1_000, 'must be at most 1,000 monitors');
}

function httpMonitor(base: PathBase) {
  return z.strictObject({
    type: z.literal('http'),
    url: z
      .url({ protocol: /^https?$/, error: 'must be an http or https address' })
      .describe('Asked without following redirections.'),
    method: z.enum(['GET', 'HEAD', 'POST']).prefault('GET').describe('How it is asked.'),
    headers: z
      .record(
        z.string().regex(headerName, 'must be the name of a header'),
        z.union([z.string().max(4_000), secretReference(base)]),
      )
      .prefault({})
      .describe('Sent along.'),
    status: z
      .array(z.int().min(100).max(599))
      .min(1)
      .max(100)
      .optional()
      .describe('Status codes that pass; any from 200 to 299 where left out.'),
    contains: text.optional().describe('What the body must hold.'),
    matches: text
      .refine(isRegularExpression, 'must be a regular expression of JavaScript')
      .optional()
      .describe('A regular expression that the body must fit.'),
    answersWith: z
      .record(z.string().regex(headerName, 'must be the name of a header'), text)
      .prefault({})
      .describe('Headers of the answer, and what each must hold.'),
    latency: durationText({ leastMs: 1 }).optional().describe('The whole answer must be there within this.'),
  });
}

function tlsMonitor(base: PathBase) {
  return z.strictObject({
    type: z.literal('tls'),
    host: z.string().min(1).max(253).describe('Name or address of the server.'),
    port: z.int().min(1).max(65_535).prefault(443).describe('TCP port.'),
    servername: z
      .string()
      .min(1)
      .max(253)
      .optional()
      .describe('The name that is asked for (SNI) and must stand in the certificate; `host` where left out.'),
    daysLeft: z
      .int()
      .min(0)
      .max(3_650)
      .prefault(14)
      .describe('Each certificate of the chain must be valid for as many days more.'),
    caFile: filePath(base)
      .optional()
      .describe("The house's own authorities, in PEM, instead of those of Node."),
  });
}

function commandMonitor(base: PathBase) {
  return z.strictObject({
    type: z.literal('command'),
    command: z
      .array(z.string().max(10_000))
      .min(1)
      .max(1_000)
      .optional()
      .describe('The program and its arguments, as a list; no shell reads it.'),
    shell: z.string().min(1).max(10_000).optional().describe('Instead of `command`: read by /bin/sh.'),
    folder: filePath(base).prefault('.').describe('Where it runs.'),
    environment: programEnvironment(base)
      .prefault({})
      .describe(
        'Added to PATH, HOME, USER, LOGNAME, LANG, LC_ALL, TZ and TMPDIR; nothing else is passed on.',
      ),
    warning: z
      .enum(['passes', 'fails'])
      .prefault('passes')
      .describe('What exit status 1, a warning, counts as.'),
  });
}

function isRegularExpression(source: string): boolean {
  try {
    new RegExp(source, 'u');
    return true;
  } catch {
    return false;
  }
}

export type MonitorsConfiguration = z.output<ReturnType<typeof monitorsConfiguration>>;
export type MonitorConfiguration = MonitorsConfiguration[string];
export type MonitorOf<Type extends MonitorConfiguration['type']> = Extract<
  MonitorConfiguration,
  { type: Type }
>;
