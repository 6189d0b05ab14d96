import { dirname, resolve } from 'node:path';
import type { ActionFacts, SourceDocument } from '@prunella/core';
import { processActions } from '../backends/process/process-backend.ts';
import { rethinkdbActions } from '../backends/rethinkdb/actions.ts';
import { saltActions } from '../backends/salt/actions.ts';
import { hookActions } from '../backends/salt/hook-backend.ts';
import { allActions } from './actions.ts';

/** Where the playbooks are of a configuration with errors elsewhere; null where just that cannot be told. */
export function meantPlaybooks({ file, value }: SourceDocument): readonly string[] | null {
  const written = isMap(value) ? (value['playbooks'] ?? 'playbooks') : null;
  const paths = Array.isArray(written) ? written : [written];
  const folder = dirname(resolve(file));
  const texts = paths.filter((path) => typeof path === 'string' && path !== '' && !path.includes('\0'));
  return texts.length === paths.length ? texts.map((path) => resolve(folder, path)) : null;
}

/** The actions of the backends that a configuration with errors names; of all where it names none. */
export function meantActions({ value }: SourceDocument): ReadonlyMap<string, ActionFacts> {
  const backends = isMap(value) ? value['backends'] : undefined;
  const { salt, process, rethinkdb, http } = isMap(backends) ? backends : {};
  const named = [salt, process, rethinkdb, http].some((backend) => backend !== undefined);
  if (!named) return allActions();
  const hooks = isMap(salt) && salt['mode'] === 'hook';
  return new Map([
    ...(salt === undefined ? [] : hooks ? hookActions : saltActions),
    ...(process === undefined ? [] : processActions),
    ...(rethinkdb === undefined ? [] : rethinkdbActions),
  ]);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
