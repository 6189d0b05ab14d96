import { resolve } from 'node:path';
import { type ActionFacts, isError, type Playbook, type Problem } from '@prunella/core';
import type { Backend } from '../backends/backend.ts';
import { knownActions } from '../configuration/actions.ts';
import type { Configuration } from '../configuration/configuration.ts';
import { loadConfiguration, loadPlaybooks } from '../configuration/load.ts';
import type { Environment } from '../configuration/secret.ts';
import { problemsError } from './start-error.ts';

/** All that people wrote, read and found good. Nothing runs yet. */
export interface Plan {
  readonly configuration: Configuration;
  readonly playbooks: readonly Playbook[];
  readonly playbookFiles: readonly string[];
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
  const { configuration, warnings } = await readConfiguration(source);
  const playbooks = await loadPlaybooks(configuration, actionsOf(configuration, source.backends));
  if (playbooks.problems.some(isError)) throw problemsError('playbooks-invalid', playbooks.problems);
  return {
    configuration,
    playbooks: playbooks.playbooks,
    playbookFiles: playbooks.files,
    warnings: [...warnings, ...playbooks.problems],
  };
}

async function readConfiguration(
  source: PlanSource,
): Promise<{ readonly configuration: Configuration; readonly warnings: readonly Problem[] }> {
  if (source.configuration !== undefined) return { configuration: source.configuration, warnings: [] };
  const file = resolve(source.configurationFile ?? 'prunella.yaml');
  const { configuration, problems } = await loadConfiguration(file, source.environment);
  if (configuration === null) throw problemsError('configuration-invalid', problems);
  return { configuration, warnings: problems };
}

function actionsOf(
  configuration: Configuration,
  backends: readonly Backend[],
): ReadonlyMap<string, ActionFacts> {
  return new Map([...knownActions(configuration), ...backends.flatMap((backend) => [...backend.actions])]);
}
