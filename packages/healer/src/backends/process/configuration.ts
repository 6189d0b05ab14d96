import { durationText } from '@prunella/core';
import { z } from 'zod';
import { filePath, type PathBase } from '../../configuration/file-path.ts';
import { secretReference } from '../../configuration/secret.ts';

const command = z
  .array(z.string().max(10_000))
  .min(1, 'must name a program')
  .max(1_000)
  .transform(([program = '', ...args]): [string, ...string[]] => [program, ...args])
  .describe('The program and its arguments, as a list; no shell reads it.');

const signal = z.enum(['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGKILL']);

/** Local services that the healer starts and supervises, each under a small runner that outlives it. */
export function processConfiguration(base: PathBase) {
  const apply = z
    .strictObject({
      files: z
        .array(
          z.strictObject({
            path: filePath(base).describe('Where it is.'),
            content: z.string().max(1_000_000).describe('The whole of it.'),
            mode: z
              .string()
              .regex(/^0?[0-7]{3}$/, 'must be permissions in octal digits, such as "640"')
              .transform((text) => Number.parseInt(text, 8))
              .optional()
              .describe('Permissions. By default those of the present file, 644 for a new one.'),
          }),
        )
        .max(100)
        .prefault([])
        .describe('Each is replaced in one step where it differs.'),
      command: command.optional().describe('Runs after the files.'),
      signal: signal.optional().describe('Sent to the process after the files, if it is alive.'),
    })
    .refine((written) => written.command === undefined || written.signal === undefined, {
      message: 'must not have both `command` and `signal`: let the command send the signal',
    })
    .describe('Applies the configuration of the service; what `process.apply` does.');
  const service = z
    .strictObject({
      command,
      folder: filePath(base).prefault('.').describe('Where it runs.'),
      environment: z
        .record(z.string(), z.union([z.string(), secretReference(base)]))
        .prefault({})
        .describe(
          'Added to PATH, HOME, USER, LOGNAME, LANG, LC_ALL, TZ and TMPDIR; nothing else is passed on.',
        ),
      apply: apply.optional(),
      settle: durationText({ mostMs: 600_000 })
        .prefault('1s')
        .describe('A start counts once the process has stayed alive this long.'),
      stopSignal: signal.prefault('SIGTERM').describe('Asks it to stop.'),
      stopTimeout: durationText().prefault('10s').describe('Then it gets SIGKILL.'),
    })
    .transform(({ settle, stopTimeout, ...rest }) => ({
      ...rest,
      settleMs: settle,
      stopTimeoutMs: stopTimeout,
    }));
  return z.strictObject({
    services: z
      .record(
        z.string().regex(/^[A-Za-z0-9][\w.-]{0,99}$/, 'must be a name of letters, digits, `.`, `_` and `-`'),
        service,
      )
      .describe('By name; the name is the target of a node.'),
  });
}

export type ProcessConfiguration = z.output<ReturnType<typeof processConfiguration>>;
export type ServiceConfiguration = ProcessConfiguration['services'][string];
