export type { Adapter, Classification, Lease } from './adapter.ts';
export type { Cache, CachedValue } from './cache.ts';
