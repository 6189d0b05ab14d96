import { initialFleetState } from '@prunella/core';
import type { StoredState } from '../store/store.ts';
import { ledgerKey, resourceOfKey } from './changes.ts';
import { fleetIn } from './fleet-states.ts';
import { emptyCounts, type LedgerCounts } from './ledger.ts';
import { sharedPlaybooks } from './record-text.ts';
import { checkVersion } from './state-version.ts';
import { withUnheeded } from './unheeded.ts';
import { type ResourceRecord, World } from './world.ts';

/** The machines as the store has them. Throws a `StoreError` where one is of a newer version. */
export function startWorld(stored: StoredState): World {
  const records = new Map<string, ResourceRecord>();
  const shared = sharedPlaybooks();
  for (const [key, state] of stored.states) {
    const resource = resourceOfKey(key);
    if (resource !== undefined) {
      records.set(resource, withUnheeded(shared(checkVersion<ResourceRecord>(key, state)), stored.states));
    }
  }
  const written = fleetIn(stored.states);
  const ledger = stored.states.get(ledgerKey);
  return new World(
    records,
    { present: written ?? initialFleetState(stored.authority, stored.generation), written },
    ledger === undefined ? emptyCounts : checkVersion<LedgerCounts>(ledgerKey, ledger),
  );
}
