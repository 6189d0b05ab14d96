import { StoreError } from '../store/store-error.ts';

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
