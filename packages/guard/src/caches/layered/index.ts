export { type LayeredCacheOptions, layeredCache, type SharedCacheFault } from './layered-cache.ts';
