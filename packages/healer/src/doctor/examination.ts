import { join } from 'node:path';
import { isError, type Problem } from '@prunella/core';
import { knownActions } from '../configuration/actions.ts';
import type { Configuration } from '../configuration/configuration.ts';
import { loadConfiguration, loadPlaybooks } from '../configuration/load.ts';
import type { Environment } from '../configuration/secret.ts';
import { configuredBackends } from '../healer/configured-backends.ts';
import { installationOf } from '../store/inspect-store.ts';
import { databaseFileName } from '../store/sqlite-store.ts';
import { examineBackends } from './examine-backends.ts';
import { examineHealer } from './examine-healer.ts';
import { examineNotifications } from './examine-notifications.ts';
import { examineProbes } from './examine-probes.ts';
import { examineSpace } from './examine-space.ts';
import { examineStore } from './examine-store.ts';
import { type Finding, messageOf, well } from './finding.ts';

export interface Examination {
  /** False where the configuration cannot be used: then nothing else was looked at. */
  readonly configured: boolean;
  readonly findings: readonly Finding[];
}

/** Looks at everything that one `prunella.yaml` names, and changes none of it. Never rejects for what it finds. */
export async function examine(
  file: string,
  environment: Environment,
  signal: AbortSignal,
  now: () => number,
): Promise<Examination> {
  const { configuration, problems, document } = await loadConfiguration(file, environment);
  if (configuration === null) return { configured: false, findings: problems.map(problemFinding) };
  const playbooks = await loadPlaybooks(configuration, knownActions(configuration), document);
  const written = [...problems, ...playbooks.problems];
  const findings = [
    ...written.map(problemFinding),
    ...(written.some(isError)
      ? []
      : [well('configuration', `${file} can be used, with ${filesText(playbooks.files.length)}`)]),
  ];
  const rooms = await Promise.all([
    examineHealer(configuration, signal, now),
    ...(configuration.healer === undefined
      ? [
          examineSpace(configuration.store.folder),
          examineNotifications(configuration, now),
          examineConfigured(configuration, environment, signal),
          examineProbes(configuration, environment, signal),
        ]
      : []),
  ]);
  // After those that wait for others: reading a large store keeps this process busy, and they would seem late.
  const store = configuration.healer === undefined ? await examineStore(configuration.store.folder, now) : [];
  return { configured: true, findings: [...findings, ...rooms.flat(), ...store] };
}

async function examineConfigured(
  configuration: Configuration,
  environment: Environment,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { backends, close } = configuredBackends(configuration, environment, () => {});
  try {
    if (backends.length > 0) {
      const installation = await installationOf(join(configuration.store.folder, databaseFileName));
      return await examineBackends(backends, signal, installation);
    }
    return [
      {
        check: 'backends',
        state: 'warning',
        what: 'no backend is configured',
        why: 'without one the healer sees and tells, and repairs nothing',
        remedy: 'name one under `backends:` in prunella.yaml',
      },
    ];
  } finally {
    await close().catch((error: unknown) => messageOf(error));
  }
}

function filesText(count: number): string {
  return count === 1 ? 'one file of playbooks' : `${count} files of playbooks`;
}

function problemFinding({ severity, file, line, column, message, suggestion }: Problem): Finding {
  const isFatal = severity === 'error';
  return {
    check: 'configuration',
    state: isFatal ? 'problem' : 'warning',
    what: `${line > 0 ? `${file}:${line}:${column}` : file}: ${message}`,
    why: isFatal
      ? '`prunella up` refuses to start with it'
      : 'the healer starts with it, and may not do what was meant',
    remedy: suggestion ?? 'see it in its place with `prunella check`',
  };
}
