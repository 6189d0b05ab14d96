import { type FleetState, initialFleetState } from '@prunella/core';
import type { StoredState } from '../store/store.ts';
import { StoreError } from '../store/store-error.ts';
import { fleetKey, ledgerKey, resourceOfKey } from './changes.ts';
import { emptyLedger, type Ledger } from './ledger.ts';
import { type ResourceRecord, World } from './world.ts';

/** The machines as the store has them. Throws a `StoreError` where one is of a newer version. */
export function startWorld(stored: StoredState): World {
  const records = new Map<string, ResourceRecord>();
  for (const [key, state] of stored.states) {
    const resource = resourceOfKey(key);
    if (resource !== undefined) {
      records.set(resource, checkVersion<ResourceRecord>(key, state));
    }
  }
  const fleet = stored.states.get(fleetKey);
  const ledger = stored.states.get(ledgerKey);
  return new World(
    records,
    fleet === undefined
      ? initialFleetState(stored.authority, stored.generation)
      : checkVersion<FleetState>(fleetKey, fleet),
    ledger === undefined ? emptyLedger : checkVersion<Ledger>(ledgerKey, ledger),
  );
}

/** The store holds what this engine wrote; only its version can be another's. */
export function checkVersion<State extends { readonly version: 1 }>(key: string, state: unknown): State {
  if (typeof state === 'object' && state !== null && 'version' in state && state.version === 1) {
    return state as State;
  }
  throw new StoreError(
    'store-newer',
    `the state ${key} in the store is of a version that this prunella does not know: start the one that wrote it`,
  );
}
