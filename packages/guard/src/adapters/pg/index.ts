export { AdapterError, type AdapterErrorCode } from '../adapter-error.ts';
export type { PgHandle } from './handle.ts';
export { type PgPoolOptions, pgPool } from './pool.ts';
