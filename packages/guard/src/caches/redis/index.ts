export {
  type RedisCacheClient,
  RedisCacheError,
  type RedisCacheOptions,
  redisCache,
  type UnreadableEntry,
} from './redis-cache.ts';
