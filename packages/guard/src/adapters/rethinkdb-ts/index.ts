export { AdapterError, type AdapterErrorCode } from '../adapter-error.ts';
export {
  type CursorQuery,
  type RethinkdbConnectionOptions,
  type RethinkdbHandle,
  type RethinkdbPing,
  rethinkdbClient,
  rethinkdbConnection,
} from './connection.ts';
export { rethinkdbPool } from './pool.ts';
