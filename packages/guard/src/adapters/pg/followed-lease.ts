import { AsyncLocalStorage } from 'node:async_hooks';
import type { Pool } from 'pg';
import { PoolLease } from './pool-lease.ts';

type CallStorage = AsyncLocalStorage<PoolLease>;

/** Only for pools of which somebody has a face, so that all others cost nothing for it. */
const storages = new WeakMap<Pool, CallStorage>();

/** From now on it is known which guarded call of this pool the running code belongs to. */
export function follow(pool: Pool): CallStorage {
  const storage: CallStorage = storages.get(pool) ?? new AsyncLocalStorage();
  storages.set(pool, storage);
  return storage;
}

export function followed(pool: Pool): CallStorage | undefined {
  return storages.get(pool);
}

/** A call that the code inside it can find. */
export class FollowedLease extends PoolLease {
  readonly #storage: CallStorage;

  constructor(guarded: ConstructorParameters<typeof PoolLease>[0], storage: CallStorage) {
    super(guarded);
    this.#storage = storage;
  }

  around<Result>(call: () => PromiseLike<Result> | Result): PromiseLike<Result> | Result {
    return this.#storage.run(this, call);
  }
}
