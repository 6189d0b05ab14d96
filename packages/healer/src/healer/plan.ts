import { dirname, resolve } from 'node:path';
import { type ActionFacts, isError, type Playbook, type Problem, type SourceDocument } from '@prunella/core';
import type { Backend } from '../backends/backend.ts';
import { knownActions } from '../configuration/actions.ts';
import type { Configuration } from '../configuration/configuration.ts';
import {
  loadConfiguration,
  loadPlaybooks,
  loadPlaybooksOfBroken,
  type WrittenPlaybook,
} from '../configuration/load.ts';
import type { Environment } from '../configuration/secret.ts';
import { problemsError } from './start-error.ts';

/** All that people wrote, read and found good. Nothing runs yet. */
export interface Plan {
  /** Of the configuration's file; where there is none, of the process. */
  readonly folder: string;
  readonly configuration: Configuration;
  readonly playbooks: readonly Playbook[];
  readonly playbookFiles: readonly string[];
  /** Of each playbook, what was read. */
  readonly written: readonly WrittenPlaybook[];
  /** What is no error and yet worth a look. */
  readonly warnings: readonly Problem[];
}

export interface PlanSource {
  /** Read already, by `loadConfiguration` or `parseConfiguration`. */
  readonly configuration?: Configuration;
  /** Path of `prunella.yaml`; used where `configuration` is not given. */
  readonly configurationFile?: string;
  readonly environment: Environment;
  /** Their actions are known beside those of the configured backends. */
  readonly backends: readonly Backend[];
}

/** Throws a `HealerStartError` that lists everything wrong, with file, line and column. */
export async function readPlan(source: PlanSource): Promise<Plan> {
  const { configuration, warnings, document } = await readConfiguration(source);
  const actions = actionsOf(configuration, source.backends);
  const playbooks = await loadPlaybooks(configuration, actions, document);
  if (playbooks.problems.some(isError)) throw problemsError('playbooks-invalid', playbooks.problems);
  const { configurationFile } = source;
  return {
    folder: configurationFile === undefined ? process.cwd() : dirname(resolve(configurationFile)),
    configuration,
    playbooks: playbooks.playbooks,
    playbookFiles: playbooks.files,
    written: playbooks.written,
    warnings: [...warnings, ...playbooks.problems],
  };
}

interface ReadConfiguration {
  readonly configuration: Configuration;
  readonly warnings: readonly Problem[];
  readonly document: SourceDocument | null;
}

async function readConfiguration(source: PlanSource): Promise<ReadConfiguration> {
  if (source.configuration !== undefined) {
    return { configuration: source.configuration, warnings: [], document: null };
  }
  const file = resolve(source.configurationFile ?? 'prunella.yaml');
  const { configuration, problems, document } = await loadConfiguration(file, source.environment);
  if (configuration !== null) return { configuration, warnings: problems, document };
  // Actions of backends that only the caller knows would be taken for mistakes.
  const beside =
    document === null || source.backends.length > 0 ? null : await loadPlaybooksOfBroken(document);
  throw problemsError('configuration-invalid', [...problems, ...(beside?.problems ?? [])]);
}

function actionsOf(
  configuration: Configuration,
  backends: readonly Backend[],
): ReadonlyMap<string, ActionFacts> {
  return new Map([...knownActions(configuration), ...backends.flatMap((backend) => [...backend.actions])]);
}
