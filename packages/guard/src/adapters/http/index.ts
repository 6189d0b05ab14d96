export { AdapterError, type AdapterErrorCode } from '../adapter-error.ts';
export type { Fetch, HttpHandle } from './fetch.ts';
export { type HttpServiceOptions, httpService } from './service.ts';
export { HttpStatusError } from './status-error.ts';
