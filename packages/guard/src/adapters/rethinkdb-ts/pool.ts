import type { Connection, MasterPool, R } from 'rethinkdb-ts';
import type { Adapter } from '../../adapter.ts';
import { checkMethods, checkObject } from '../../check.ts';
import { AdapterError } from '../adapter-error.ts';
import { classifier } from '../classification/classify.ts';
import { ReqlLease } from '../reql/lease.ts';
import { reqlRows } from '../reql/rows.ts';
import { untilAborted } from '../until-aborted.ts';
import type { RethinkdbHandle, RethinkdbPing } from './connection.ts';

/**
 * Guards the one pool of rethinkdb-ts, which the application makes with `r.connectPool`, before or after this. The
 * pool brings its connections back by itself; one that is open and answers no more is closed, so that it does.
 * Throws an `OptionError` where this is not the driver's `r`.
 */
export function rethinkdbPool(
  r: Pick<R, 'getPoolMaster' | 'expr'>,
  options: RethinkdbPing = {},
): Adapter<RethinkdbHandle> {
  checkMethods('r', r, ['getPoolMaster', 'expr']);
  checkObject('rethinkdbPool', options, ['ping']);
  const ping = options.ping ?? r.expr(1);
  const listeners = new Set<(error: unknown) => void>();
  let followed: MasterPool | undefined;
  let unanswered = false;

  const onHealthy = (healthy: unknown, error: unknown): void => {
    if (healthy !== false) return;
    for (const listener of listeners) listener(error ?? poolLost());
  };

  /** `connectPool` may make the pool later, or another one in its place. */
  function follow(pool: MasterPool | undefined): void {
    if (followed === pool) return;
    followed?.removeListener('healthy', onHealthy);
    pool?.on('healthy', onHealthy);
    followed = pool;
  }

  return {
    driver: 'rethinkdb-ts',
    classify: classifier(reqlRows),
    lease() {
      if (listeners.size > 0) follow(r.getPoolMaster());
      return new ReqlLease<RethinkdbHandle>((track) => ({
        run: (query, runOptions) => track(() => query.run(runOptions)),
        cursor: (query, runOptions) => track(() => query.getCursor(runOptions)),
      }));
    },
    async ping(signal) {
      signal.throwIfAborted();
      unanswered = true;
      await untilAborted(ping.run(), signal).finally(() => {
        if (!signal.aborted) unanswered = false;
      });
    },
    async reconnect(signal) {
      const pool = r.getPoolMaster();
      if (pool === undefined || !unanswered) return;
      unanswered = false;
      const dead = busyConnections(pool);
      await untilAborted(Promise.all(dead.map((connection) => connection.close())), signal);
      if (!pool.isHealthy) await untilAborted(pool.waitForHealthy(), signal);
    },
    watch(onFault) {
      const listener = (error: unknown): void => onFault(error);
      listeners.add(listener);
      follow(r.getPoolMaster());
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) follow(undefined);
      };
    },
  };
}

/** Open connections that owe an answer: among them the one that the ping took. */
function busyConnections(pool: MasterPool): readonly Connection[] {
  return pool
    .getPools()
    .flatMap((serverPool) => serverPool.getConnections())
    .filter((connection) => connection.open && Reflect.get(connection, 'numOfQueries') !== 0);
}

function poolLost(): AdapterError {
  return new AdapterError('PRUNELLA_NOT_CONNECTED', 'the pool of rethinkdb-ts has no connection any more');
}
