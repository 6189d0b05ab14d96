import { viewIncidents } from '@prunella/core';
import type { Backend } from '../backends/backend.ts';
import type { EngineResource } from './options.ts';
import type { ResourceRecord } from './world.ts';

export function resourcesByName(resources: readonly EngineResource[]): ReadonlyMap<string, EngineResource> {
  return new Map(resources.map((each) => [each.facts.resource, each]));
}

export function isOpen(record: ResourceRecord | undefined): boolean {
  return record !== undefined && viewIncidents(record.machine, 1)[0]?.state === 'open';
}

export function backendsByAction(backends: readonly Backend[]): ReadonlyMap<string, Backend> {
  const byAction = new Map<string, Backend>();
  for (const backend of backends) {
    for (const action of backend.actions.keys()) {
      if (!byAction.has(action)) {
        byAction.set(action, backend);
      }
    }
  }
  return byAction;
}
