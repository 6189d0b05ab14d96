export {
  RedisCacheError,
  type RedisCacheOptions,
  redisCache,
  type UnreadableEntry,
} from './redis-cache.ts';
export type { RedisCacheClient } from './store.ts';
