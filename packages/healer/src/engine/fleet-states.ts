import { type FleetParts, type FleetState, fleetParts, fleetStateFromParts } from '@prunella/core';
import { checkVersion } from './state-version.ts';

/** What is one of, such as the pause and the number of the newest fence. The rows have keys of their own below it. */
export const fleetKey = 'fleet';
const rowPrefix = `${fleetKey}/`;

/** As states of the store: what has changed since an earlier one, all of it where there is none. */
export function fleetStates(fleet: FleetState, earlier: FleetState | null): FleetParts {
  const { set, gone } = fleetParts(fleet, earlier);
  return { set: new Map([...set].map(([key, part]) => [stateKey(key), part])), gone: gone.map(stateKey) };
}

/** Null where the store has none yet. Throws a `StoreError` where it is of a newer version. */
export function fleetIn(states: ReadonlyMap<string, unknown>): FleetState | null {
  const head = states.get(fleetKey);
  if (head === undefined) return null;
  checkVersion<FleetState>(fleetKey, head);
  const parts: [string, unknown][] = [['', head]];
  for (const [key, state] of states) {
    if (key.startsWith(rowPrefix)) parts.push([key.slice(rowPrefix.length), state]);
  }
  return fleetStateFromParts(parts);
}

function stateKey(part: string): string {
  return part === '' ? fleetKey : rowPrefix + part;
}
