export { AdapterError, type AdapterErrorCode } from '../adapter-error.ts';
export { type PgClientOptions, pgClient } from './client.ts';
export { type GuardedPoolOptions, guardedPool } from './guarded-pool.ts';
export type { PgHandle } from './handle.ts';
export { type PgPoolOptions, pgPool } from './pool.ts';
