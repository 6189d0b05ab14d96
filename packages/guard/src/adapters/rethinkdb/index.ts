export { AdapterError, type AdapterErrorCode } from '../adapter-error.ts';
export {
  type RethinkdbConnectionOptions,
  type RethinkdbHandle,
  type RethinkdbPing,
  rethinkdbClient,
  rethinkdbConnection,
} from './connection.ts';
export type { ClassicConnection, ClassicDriver, ClassicTerm } from './driver.ts';
