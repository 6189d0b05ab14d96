import type { Pool } from 'pg';
import type { Adapter } from '../../adapter.ts';
import { checkMethods, checkNumber, checkObject } from '../../check.ts';
import { OptionError } from '../../fault.ts';
import { Connecting } from './connecting.ts';
import { FollowedLease, followed } from './followed-lease.ts';
import type { PgHandle } from './handle.ts';
import { classify } from './own-errors.ts';
import { pingWith } from './ping.ts';
import { makeClientLike, poolMethods, poolWanted } from './pool-inside.ts';
import { type GuardedPool, PoolLease } from './pool-lease.ts';

export interface PgPoolOptions {
  /**
   * How many calls of the whole process may wait for a client while the pool is full; one more is refused, kind
   * `local`. 1 to 1,000,000. Default 10,000.
   */
  readonly maximumWaiting?: number;
}

/**
 * Guards a pool of node-postgres that the application owns. A call that misses its deadline loses its client:
 * the server is asked to cancel, and the client is evicted. A ping opens a connection of its own.
 *
 * Give the pool a `connectionTimeoutMillis`: without one, a server that takes connections and does not answer
 * can keep places of the pool. Throws an `OptionError` where this is no pool.
 */
export function pgPool(pool: Pool, options: PgPoolOptions = {}): Adapter<PgHandle> {
  checkMethods('pool', pool, poolMethods, poolWanted);
  if ('escapeLiteral' in pool) {
    throw new OptionError(
      'pool',
      'a single client',
      'a pool of pg, new pg.Pool(…); for one client, pgClient',
    );
  }
  checkObject('pgPool', options, ['maximumWaiting']);
  const connecting = new Connecting(pool);
  const guarded: GuardedPool = {
    pool,
    classify,
    maximumWaiting: checkNumber('maximumWaiting', options.maximumWaiting ?? 10_000, 1, 1_000_000, true),
    connecting,
  };

  return {
    driver: 'pg',
    classify,
    lease: () => {
      const storage = followed(pool);
      return storage === undefined ? new PoolLease(guarded) : new FollowedLease(guarded, storage);
    },
    async ping(signal) {
      const client = makeClientLike(pool);
      if (client !== undefined) return pingWith(client, signal);
      await pool.query('SELECT 1');
    },
    watch(onFault) {
      const onError = (error: unknown): void => onFault(error);
      pool.on('error', onError);
      const stopCounting = connecting.watch();
      return () => {
        pool.removeListener('error', onError);
        stopCounting();
      };
    },
  };
}
