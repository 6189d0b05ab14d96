import type { ActionFacts } from '@prunella/core';
import { processActions } from '../backends/process/process-backend.ts';
import { saltActions } from '../backends/salt/actions.ts';
import type { Configuration } from './configuration.ts';

/** The actions of the backends that are configured, known without connecting to any. */
export function knownActions(configuration: Configuration): ReadonlyMap<string, ActionFacts> {
  const { salt, process } = configuration.backends;
  return new Map([
    ...(salt === undefined ? [] : saltActions),
    ...(process === undefined ? [] : processActions),
  ]);
}

/** The actions of every backend that there is; for playbooks that are checked without a configuration. */
export function allActions(): ReadonlyMap<string, ActionFacts> {
  return new Map([...saltActions, ...processActions]);
}
