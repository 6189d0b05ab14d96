import { durationText } from '@prunella/core';
import { z } from 'zod';
import { filePath, type PathBase } from '../../configuration/file-path.ts';
import { secretReference } from '../../configuration/secret.ts';

/** Local services that the healer starts and supervises, each under a small runner that outlives it. */
export function processConfiguration(base: PathBase) {
  return z.strictObject({
    services: z
      .record(
        z.string().regex(/^[A-Za-z0-9][\w.-]{0,99}$/, 'must be a name of letters, digits, `.`, `_` and `-`'),
        serviceConfiguration(base),
      )
      .describe('By name; the name is the target of a node.'),
  });
}

export type ProcessConfiguration = z.output<ReturnType<typeof processConfiguration>>;
export type ServiceConfiguration = ProcessConfiguration['services'][string];

function serviceConfiguration(base: PathBase) {
  return z
    .strictObject({
      command: commandText(),
      folder: filePath(base).prefault('.').describe('Where it runs.'),
      environment: z
        .record(z.string(), z.union([z.string(), secretReference(base)]))
        .prefault({})
        .describe('Added to the few variables that every service gets.'),
      settle: durationText()
        .prefault('1s')
        .describe('A start counts once the process has stayed alive this long.'),
      apply: applyConfiguration(base).optional(),
      stopSignal: signalText().prefault('SIGTERM').describe('Asks it to stop.'),
      stopTimeout: durationText().prefault('10s').describe('Then it gets SIGKILL.'),
    })
    .transform(({ settle, stopTimeout, ...rest }) => ({
      ...rest,
      settleMs: settle,
      stopTimeoutMs: stopTimeout,
    }));
}

function applyConfiguration(base: PathBase) {
  const file = z.strictObject({
    path: filePath(base),
    content: z.string().max(1_000_000),
    mode: z
      .string()
      .regex(/^0?[0-7]{3}$/, "must be permission bits in a text, such as '640'")
      .transform((digits) => Number.parseInt(digits, 8))
      .optional(),
  });
  return z
    .strictObject({
      files: z.array(file).max(100).prefault([]).describe('Written where they differ.'),
      command: commandText().optional().describe('Runs after the files are written.'),
      signal: signalText().optional().describe('Sent to the process after the files are written.'),
    })
    .refine(({ command, signal }) => command === undefined || signal === undefined, {
      message: 'must name `command` or `signal`, not both',
    })
    .describe('The configuration of the service; what `process.apply` brings about.');
}

function commandText() {
  return z
    .tuple([z.string().min(1)], z.string().max(10_000))
    .describe('The program and its arguments, as a list; no shell reads it.');
}

function signalText() {
  return z.enum(['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGKILL']);
}
