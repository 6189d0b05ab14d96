export { AdapterError, type AdapterErrorCode, callEnded } from './adapter-error.ts';
export { classifyBy } from './classification/classify-by.ts';
export type { Marks, Row } from './classification/row.ts';
export { untilAborted } from './until-aborted.ts';
