import { initialFleetState, restoredFleetState, restoredResourceState } from '@prunella/core';
import { resourceOfKey } from './changes.ts';
import { fleetIn, fleetStates } from './fleet-states.ts';
import { checkVersion } from './state-version.ts';
import type { ResourceRecord } from './world.ts';

/**
 * The states of a backup as the next healer is to find them: a new generation of fences, paused until a person has
 * looked, and no attempt that could have the name of one of the time that was lost.
 */
export function restoredStates(
  states: ReadonlyMap<string, unknown>,
  restored: {
    readonly authority: string;
    readonly generation: number;
    readonly reason: string;
    readonly at: number;
  },
): ReadonlyMap<string, unknown> {
  const { authority, generation, reason, at } = restored;
  const renewed = new Map<string, unknown>();
  for (const [key, state] of states) {
    if (resourceOfKey(key) === undefined) continue;
    const record = checkVersion<ResourceRecord>(key, state);
    renewed.set(key, { ...record, machine: restoredResourceState(record.machine) });
  }
  const before = fleetIn(states);
  const fleet = restoredFleetState(before ?? initialFleetState(authority, generation), {
    generation,
    by: 'prunella restore',
    reason,
    at,
  });
  for (const [key, state] of fleetStates(fleet, before).set) renewed.set(key, state);
  return renewed;
}
