import { durationText } from '@prunella/core';
import { z } from 'zod';
import { filePath, type PathBase } from '../../configuration/file-path.ts';
import { secretReference } from '../../configuration/secret.ts';
import { circle, type Dependencies, type RestartOn, restartOnChoices } from './dependencies.ts';

const command = z
  .array(z.string().max(10_000))
  .min(1, 'must name a program')
  .max(1_000)
  .transform(([program = '', ...args]): [string, ...string[]] => [program, ...args])
  .describe('The program and its arguments, as a list; no shell reads it.');

const serviceName = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]{0,99}$/, 'must be a name of letters, digits, `.`, `_` and `-`');

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
      dependsOn: z
        .union([
          z.array(serviceName).max(100),
          z.record(
            serviceName,
            z.strictObject({
              restartOn: z
                .enum(restartOnChoices)
                .prefault('none')
                .describe(
                  'When this service is held and started again with the other: never, where that failed, also where it is restarted, also where its configuration is applied.',
                ),
            }),
          ),
        ])
        .prefault([])
        .transform((written) =>
          Array.isArray(written)
            ? Object.fromEntries(written.map((name) => [name, 'none' as const]))
            : Object.fromEntries(Object.entries(written).map(([name, { restartOn }]) => [name, restartOn])),
        )
        .describe('Services that start before it; a list, or by name with `restartOn`.'),
      backoff: z
        .strictObject({
          first: durationText({ mostMs: 600_000 }).prefault('1s').describe('After the second failure.'),
          most: durationText({ mostMs: 600_000 }).prefault('30s').describe('It is doubled up to this.'),
        })
        .prefault({})
        .describe('Between a failure and the next start. The first failure waits for nothing.'),
      maintenance: z
        .strictObject({
          failures: z
            .int()
            .min(1)
            .max(100)
            .prefault(5)
            .describe('Ends that nobody ordered, and vain starts.'),
          within: durationText({ leastMs: 1_000 }).prefault('10m').describe('The time in which they count.'),
        })
        .prefault({})
        .describe('Failing this often it is not started again until `prunella clear`.'),
    })
    .transform(({ settle, stopTimeout, backoff, maintenance, ...rest }) => ({
      ...rest,
      backoff: { firstMs: backoff.first, mostMs: backoff.most },
      maintenance: { failures: maintenance.failures, withinMs: maintenance.within },
      settleMs: settle,
      stopTimeoutMs: stopTimeout,
    }));
  return z.strictObject({
    services: z
      .record(serviceName, service)
      .superRefine(checkDependencies)
      .describe('By name; the name is the target of a node.'),
  });
}

function checkDependencies(
  services: Readonly<Record<string, { readonly dependsOn: Readonly<Record<string, RestartOn>> }>>,
  context: z.RefinementCtx,
): void {
  for (const [name, { dependsOn }] of Object.entries(services)) {
    for (const other of Object.keys(dependsOn)) {
      if (other in services) continue;
      const message = `must be a declared service: there is no ${other} (declared: ${Object.keys(services).join(', ')})`;
      context.addIssue({ code: 'custom', path: [name, 'dependsOn'], message });
    }
  }
  const found = circle(dependenciesOf(services));
  if (found === null) return;
  const message = `must not go in a circle: ${found.join(', then ')}`;
  context.addIssue({ code: 'custom', path: [found[0] ?? '', 'dependsOn'], message });
}

export function dependenciesOf(
  services: Readonly<Record<string, { readonly dependsOn: Readonly<Record<string, RestartOn>> }>>,
): Dependencies {
  return new Map(Object.entries(services).map(([name, { dependsOn }]) => [name, dependsOn]));
}

export type ProcessConfiguration = z.output<ReturnType<typeof processConfiguration>>;
export type ServiceConfiguration = ProcessConfiguration['services'][string];
