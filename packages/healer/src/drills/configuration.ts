import { durationText } from '@prunella/core';
import { isResourceName } from '@prunella/protocol';
import { z } from 'zod';
import type { PathBase } from '../configuration/file-path.ts';
import { secretReference } from '../configuration/secret.ts';
import { outgoingUrlProblem } from '../outgoing/outgoing-url.ts';
import { programEnvironment } from '../programs/program-environment.ts';

/** What people may break on purpose, to see it healed. */
export function drillsConfiguration(base: PathBase) {
  const drill = z
    .strictObject({
      title: z
        .string()
        .min(1)
        .max(100)
        .describe('What it does, as the label of a button: Kill the database.'),
      resource: z
        .string()
        .refine(isResourceName, 'expected kind/name, such as postgres/main')
        .describe('What is broken by it; its incident tells of the drill.'),
      command: z
        .array(z.string().min(1).max(4_000))
        .min(1)
        .max(100)
        .optional()
        .describe('A program and its arguments, run on this host without a shell.'),
      environment: programEnvironment(base)
        .optional()
        .describe(
          'Only with `command`. Added to PATH, HOME, USER, LOGNAME, LANG, LC_ALL, TZ and TMPDIR; nothing else is passed on.',
        ),
      post: z
        .strictObject({
          url: z
            .string()
            .superRefine((url, context) => {
              const problem = outgoingUrlProblem(url);
              if (problem !== null) context.addIssue({ code: 'custom', message: problem });
            })
            .describe('Asked with an empty POST. Redirections are not followed.'),
          token: secretReference(base).optional().describe('Sent as `Authorization: Bearer`.'),
        })
        .optional()
        .describe('Asks another program to break it.'),
      timeout: durationText({ leastMs: 100, mostMs: 10_000 })
        .prefault('5s')
        .describe(
          'A command is killed then, with all that it started: what breaks for longer runs on by itself.',
        ),
    })
    .refine(({ command, post }) => (command === undefined) !== (post === undefined), {
      message: 'give either `command` or `post`',
    })
    .refine(({ command, environment }) => command !== undefined || environment === undefined, {
      message: '`environment` is for `command`',
      path: ['environment'],
    })
    .transform(({ timeout, ...rest }) => ({ ...rest, timeoutMs: timeout }));
  return z.record(
    z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, 'must be a name of small letters, digits and `-`'),
    drill,
  );
}

export type DrillsConfiguration = z.output<ReturnType<typeof drillsConfiguration>>;
export type DrillConfiguration = DrillsConfiguration[string];
