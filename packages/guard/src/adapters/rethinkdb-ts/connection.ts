import type { Connection, R, RCursor, RQuery, RunOptions } from 'rethinkdb-ts';
import type { Adapter } from '../../adapter.ts';
import type { OwningAdapter } from '../../attach.ts';
import { checkMethods, checkObject } from '../../check.ts';
import { reqlAdapter } from '../reql/adapter.ts';
import {
  checkConnectionOptions,
  connectTimeoutSeconds,
  type ReqlConnectionOptions,
} from '../reql/connection-options.ts';
import { ownedPlace, type Place } from '../reql/place.ts';

/**
 * What a guarded function receives. After the call's end or deadline it rejects with an `AdapterError`, code
 * `PRUNELLA_CALL_ENDED`; while the connection is lost, at once.
 */
export interface RethinkdbHandle {
  run<Result>(query: RQuery<Result>, options?: RunOptions): Promise<Result>;
  /** Rows as they come, for `stream` of `@prunella/guard/streams`. */
  cursor<Row>(query: CursorQuery<Row>, options?: RunOptions): Promise<RCursor<Row>>;
}

/** A query whose answer can be more than one row. */
export interface CursorQuery<Row> {
  getCursor(connection?: Connection | RunOptions, options?: RunOptions): Promise<RCursor<Row>>;
}

export interface RethinkdbPing {
  /**
   * The query of a ping. Default: one that needs no table. Name one of your tables where its primary can be lost
   * while the server is well.
   */
  readonly ping?: RQuery;
}

export interface RethinkdbConnectionOptions extends RethinkdbPing, ReqlConnectionOptions {}

/**
 * Guards a connection of rethinkdb-ts that the application owns. A lost one is brought back in place with its own
 * `reconnect`. Throws an `OptionError` where this is no connection.
 */
export function rethinkdbClient(
  connection: Connection,
  options: RethinkdbPing = {},
): Adapter<RethinkdbHandle> {
  checkMethods('connection', connection, ['reconnect', 'server', 'on', 'removeListener']);
  checkObject('rethinkdbClient', options, ['ping']);
  const place: Place<Connection> = {
    current: () => connection,
    reopen: async () => {
      try {
        await connection.reconnect({ noreplyWait: false });
      } catch (error) {
        dropListeners(connection);
        throw error;
      }
    },
  };
  return adapterOver(place, options.ping);
}

/**
 * A connection of rethinkdb-ts that the guard owns: for `connect`. It is replaced when it is lost. Throws an
 * `OptionError` for a wrong option.
 */
export function rethinkdbConnection(
  options: RethinkdbConnectionOptions,
  r: Pick<R, 'connect'>,
): OwningAdapter<RethinkdbHandle> {
  checkConnectionOptions(options);
  checkMethods('r', r, ['connect']);
  const { ping, host = 'localhost', port = 28_015, tls, connectTimeoutMs, ...login } = options;
  const timeout = connectTimeoutSeconds(connectTimeoutMs);
  const server = tls === undefined ? { host, port } : { ...tls, host, port, tls: true };
  // The driver would print every refusal; the guard tells them as events.
  const place = ownedPlace(() => r.connect({ ...login, server, timeout, silent: true }));
  return adapterOver(place, ping);
}

/**
 * Each `reconnect` puts listeners on the connection's socket, which the driver takes off again only where that had
 * connected: after an outage every event would come once for each try.
 */
function dropListeners(connection: Connection): void {
  const socket: unknown = Reflect.get(connection, 'socket');
  const removeAllListeners: unknown = Reflect.get(Object(socket), 'removeAllListeners');
  const failed = Reflect.get(Object(socket), 'status') === 'errored';
  if (failed && typeof removeAllListeners === 'function') removeAllListeners.call(socket);
}

function adapterOver(place: Place<Connection>, ping: RQuery | undefined): OwningAdapter<RethinkdbHandle> {
  return reqlAdapter<Connection, RethinkdbHandle>({
    driver: 'rethinkdb-ts',
    place,
    handleOf: (track, connection, ready) => ({
      run: (query, options) => track(() => query.run(connection(), options), ready()),
      cursor: (query, options) => track(() => query.getCursor(connection(), options), ready()),
    }),
    ping: (connection) => (ping === undefined ? connection.server() : ping.run(connection)),
  });
}
