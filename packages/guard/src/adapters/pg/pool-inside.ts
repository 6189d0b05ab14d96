import type { Client, Pool } from 'pg';

export const poolMethods = ['connect', 'query', 'on', 'removeListener'];
export const poolWanted = 'a pool of node-postgres 8.11 or later, new pg.Pool(…),';

/**
 * The client that `pool.connect` has just begun to open. pg-pool shows it to nobody before it is connected, and
 * gives no way to stop waiting for it, so this reads (never writes) its list; undefined where there is none.
 */
export function newestClientOf(pool: Pool): Client | undefined {
  const clients: unknown = Reflect.get(pool, '_clients');
  const newest: unknown = Array.isArray(clients) ? clients.at(-1) : undefined;
  return isClient(newest) ? newest : undefined;
}

/** Makes a client as the pool itself does: same class, same options, same credentials. */
export function makeClientLike(pool: Pool): Client | undefined {
  const PoolsClient: unknown = Reflect.get(pool, 'Client');
  if (typeof PoolsClient !== 'function') return undefined;
  const made: unknown = Reflect.construct(PoolsClient, [pool.options]);
  return isClient(made) ? made : undefined;
}

function isClient(value: unknown): value is Client {
  const has = (method: string) => typeof Reflect.get(Object(value), method) === 'function';
  return has('connect') && has('query') && has('end') && has('on');
}
