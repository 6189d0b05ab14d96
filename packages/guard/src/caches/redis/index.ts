export {
  RedisCacheError,
  type RedisCacheOptions,
  redisCache,
  type UnreadableEntry,
} from './redis-cache.ts';
export type { IoredisCacheClient, NodeRedisCacheClient, RedisCacheClient } from './store.ts';
