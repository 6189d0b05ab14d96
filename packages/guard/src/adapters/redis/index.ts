export { AdapterError, type AdapterErrorCode } from '../adapter-error.ts';
export { redisClient } from './adapter.ts';
export type { RedisClient } from './client.ts';
