export type { BatchCursor, RowCursor, RowSource } from './source.ts';
export { type StreamOptions, stream } from './stream.ts';
