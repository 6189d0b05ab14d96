export { type DegradedWrites, type DegradedWritesOptions, degradedWrites } from './degraded-writes.ts';
export type {
  DefinedWrite,
  DefinedWrites,
  WriteAnswer,
  WriteContext,
  WriteHandler,
  WriteRequest,
} from './request.ts';
