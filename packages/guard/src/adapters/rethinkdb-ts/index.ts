export { AdapterError, type AdapterErrorCode } from '../adapter-error.ts';
export {
  type RethinkdbConnectionOptions,
  type RethinkdbHandle,
  type RethinkdbPing,
  rethinkdbClient,
  rethinkdbConnection,
} from './connection.ts';
export { rethinkdbPool } from './pool.ts';
