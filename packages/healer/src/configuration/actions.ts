import type { ActionFacts } from '@prunella/core';
import { processActions } from '../backends/process/process-backend.ts';
import { repairArguments, rethinkdbActions } from '../backends/rethinkdb/actions.ts';
import { callOf, saltActions } from '../backends/salt/actions.ts';
import { hookActions } from '../backends/salt/hook-backend.ts';
import { SaltError } from '../backends/salt/salt-error.ts';
import type { Configuration } from './configuration.ts';

/** The actions of the backends that are configured, known without connecting to any. */
export function knownActions(configuration: Configuration): ReadonlyMap<string, ActionFacts> {
  const { salt, process, rethinkdb } = configuration.backends;
  return new Map([
    ...(salt === undefined ? [] : salt.mode === 'hook' ? hookActions : saltActions),
    ...(process === undefined ? [] : processActions),
    ...(rethinkdb === undefined ? [] : rethinkdbActions),
  ]);
}

/** The actions of every backend that there is; for playbooks that are checked without a configuration. */
export function allActions(): ReadonlyMap<string, ActionFacts> {
  return new Map([...saltActions, ...processActions, ...rethinkdbActions]);
}

/** Why a backend would refuse the arguments of a step; null where it takes them. For `PlaybookContext`. */
export function argumentProblem(action: string, given: Readonly<Record<string, unknown>>): string | null {
  if (processActions.has(action)) {
    const names = Object.keys(given);
    return names.length === 0 ? null : `${action} takes no arguments; remove ${names.join(', ')}`;
  }
  if (rethinkdbActions.has(action)) {
    const read = repairArguments(given);
    return typeof read === 'string' ? read : null;
  }
  if (!saltActions.has(action)) return null;
  try {
    callOf(action, given);
    return null;
  } catch (error) {
    if (error instanceof SaltError) return error.message;
    throw error;
  }
}
