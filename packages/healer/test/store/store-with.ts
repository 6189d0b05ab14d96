import type { Store } from '../../src/store/store.ts';

/** A store that does as the one below does, but for what is changed of it. */
export function storeWith(store: Store, changed: Partial<Store>): Store {
  return {
    load: () => store.load(),
    commit: (transaction) => store.commit(transaction),
    read: (query) => store.read(query),
    hasSignal: (key) => store.hasSignal(key),
    incidents: (query) => store.incidents(query),
    close: () => store.close(),
    ...changed,
  };
}
