import type { Adapter, Lease } from '../../adapter.ts';
import { ioredisClient } from '../../adapters/ioredis/adapter.ts';
import type { IoredisClient } from '../../adapters/ioredis/client.ts';
import { redisClient } from '../../adapters/redis/adapter.ts';
import type { RedisClient } from '../../adapters/redis/client.ts';
import { checkMethods } from '../../check.ts';

/** What the cache needs of ioredis' `Redis` and `Cluster`. */
export interface IoredisCacheClient extends IoredisClient {
  get(key: string): Promise<string | null>;
  set(key: string, value: string): Promise<unknown>;
  set(key: string, value: string, unit: 'PX', ttlMs: number): Promise<unknown>;
}

/** What the cache needs of the client that node-redis' `createClient` gives. */
export interface NodeRedisCacheClient extends RedisClient {
  get(key: string): Promise<string | null>;
  set(key: string, value: string): Promise<unknown>;
  set(
    key: string,
    value: string,
    options: { readonly expiration: { readonly type: 'PX'; readonly value: number } },
  ): Promise<unknown>;
}

export type RedisCacheClient = IoredisCacheClient | NodeRedisCacheClient;

/** The two commands of the cache, over one call. */
interface Commands {
  get(key: string): Promise<string | null>;
  /** `ttlMs` undefined: for ever. */
  set(key: string, text: string, ttlMs: number | undefined): Promise<unknown>;
}

export interface StoreCall {
  readonly lease: Lease<unknown>;
  readonly commands: Commands;
}

/** Begins a call over the client of either driver. */
export function storeOver(client: RedisCacheClient): () => StoreCall {
  checkMethods('client', client, ['get', 'set', 'sendCommand']);
  return isNodeRedis(client)
    ? callsOver(redisClient(client), nodeRedisCommands)
    : callsOver(ioredisClient(client), ioredisCommands);
}

function callsOver<Client>(
  adapter: Adapter<Client>,
  commandsOf: (client: Client) => Commands,
): () => StoreCall {
  return () => {
    const lease = adapter.lease();
    return { lease, commands: commandsOf(lease.handle) };
  };
}

function isNodeRedis(client: RedisCacheClient): client is NodeRedisCacheClient {
  return 'withAbortSignal' in client;
}

function ioredisCommands(client: IoredisCacheClient): Commands {
  return {
    get: (key) => client.get(key),
    set: (key, text, ttlMs) =>
      ttlMs === undefined ? client.set(key, text) : client.set(key, text, 'PX', ttlMs),
  };
}

function nodeRedisCommands(client: NodeRedisCacheClient): Commands {
  return {
    get: (key) => client.get(key),
    set: (key, text, ttlMs) =>
      ttlMs === undefined
        ? client.set(key, text)
        : client.set(key, text, { expiration: { type: 'PX', value: ttlMs } }),
  };
}
