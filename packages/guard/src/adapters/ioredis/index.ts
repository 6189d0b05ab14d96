export { AdapterError, type AdapterErrorCode } from '../adapter-error.ts';
export { ioredisClient } from './adapter.ts';
export type { IoredisClient, IoredisCommand } from './client.ts';
