import type { HealerStore } from '../store/sqlite-store.ts';

export interface StoreWatcher {
  readonly onCommit: (durationS: number) => void;
  readonly onFailure: (error: unknown) => void;
}

/** The same store; each commit is told of. */
export function watchedStore(store: HealerStore, { onCommit, onFailure }: StoreWatcher): HealerStore {
  return {
    access: store.access,
    answers: store.answers,
    load: () => store.load(),
    read: (query) => store.read(query),
    hasSignal: (key) => store.hasSignal(key),
    incidents: (query) => store.incidents(query),
    close: () => store.close(),
    async commit(transaction) {
      const began = performance.now();
      try {
        const receipt = await store.commit(transaction);
        onCommit((performance.now() - began) / 1_000);
        return receipt;
      } catch (error) {
        onFailure(error);
        throw error;
      }
    },
  };
}
