import { type ActionFacts, guardActions, guardOrder } from '@prunella/core';
import { httpActions } from '../backends/http/actions.ts';
import { processActions } from '../backends/process/process-backend.ts';
import { repairArguments, rethinkdbActions } from '../backends/rethinkdb/actions.ts';
import { type AllowedCalls, callOf, saltActions } from '../backends/salt/actions.ts';
import { hookActions } from '../backends/salt/hook-backend.ts';
import { SaltError } from '../backends/salt/salt-error.ts';
import type { Configuration } from './configuration.ts';

/** The actions of the backends that are configured, known without connecting to any. */
export function knownActions(configuration: Configuration): ReadonlyMap<string, ActionFacts> {
  const { salt, process, rethinkdb, http } = configuration.backends;
  return new Map([
    ...guardActions,
    ...(salt === undefined ? [] : salt.mode === 'hook' ? hookActions : saltActions),
    ...(process === undefined ? [] : processActions),
    ...(rethinkdb === undefined ? [] : rethinkdbActions),
    ...(http === undefined ? [] : httpActions(http)),
  ]);
}

/**
 * The actions of every backend that there is, but for those that a configuration names; for playbooks that are
 * checked without one.
 */
export function allActions(): ReadonlyMap<string, ActionFacts> {
  return new Map([...guardActions, ...saltActions, ...processActions, ...rethinkdbActions]);
}

/** Backends whose actions a configuration names. Without one, each name of theirs is taken. */
export const openBackends: ReadonlySet<string> = new Set(['http']);

/** What a backend of this configuration would refuse in the arguments of a step. For `PlaybookContext`. */
export function argumentProblemUnder({ backends: { salt } }: Configuration): typeof argumentProblem {
  const api = salt?.mode === 'api' ? salt : { commands: [], runners: [] };
  const allowed = { commands: new Set(api.commands), runners: new Set(api.runners) };
  return (action, given) => problemOf(action, given, allowed);
}

/** The same where there is no configuration; null where a backend could take them. */
export function argumentProblem(action: string, given: Readonly<Record<string, unknown>>): string | null {
  return problemOf(action, given, { commands: null, runners: null });
}

function problemOf(
  action: string,
  given: Readonly<Record<string, unknown>>,
  allowed: AllowedCalls,
): string | null {
  if (processActions.has(action)) {
    const names = Object.keys(given);
    return names.length === 0 ? null : `${action} takes no arguments; remove ${names.join(', ')}`;
  }
  if (rethinkdbActions.has(action)) {
    const read = repairArguments(given);
    return typeof read === 'string' ? read : null;
  }
  const told = guardOrder(action, given);
  if (typeof told === 'string') return told;
  if (!saltActions.has(action)) return null;
  try {
    callOf(action, given, allowed);
    return null;
  } catch (error) {
    if (error instanceof SaltError) return error.message;
    throw error;
  }
}
