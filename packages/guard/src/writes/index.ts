export { type DegradedWrites, type DegradedWritesOptions, degradedWrites } from './degraded-writes.ts';
export type { WriteAnswer, WriteContext, WriteRequest } from './request.ts';
