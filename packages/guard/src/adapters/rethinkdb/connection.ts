import type { Adapter } from '../../adapter.ts';
import type { OwningAdapter } from '../../attach.ts';
import { checkMethods, checkObject } from '../../check.ts';
import { AdapterError } from '../adapter-error.ts';
import { reqlAdapter } from '../reql/adapter.ts';
import {
  checkConnectionOptions,
  connectTimeoutSeconds,
  type ReqlConnectionOptions,
} from '../reql/connection-options.ts';
import { ownedPlace, type Place } from '../reql/place.ts';
import type { ClassicConnection, ClassicDriver, ClassicTerm } from './driver.ts';

/**
 * What a guarded function receives. After the call's end or deadline it rejects with an `AdapterError`, code
 * `PRUNELLA_CALL_ENDED`; while the connection is lost, at once with `PRUNELLA_NOT_CONNECTED`.
 */
export interface RethinkdbHandle {
  run<Result>(term: ClassicTerm<Result>, options?: object): Promise<Result>;
}

export interface RethinkdbPing {
  /**
   * The query of a ping. Default: the server's own greeting, which needs no table. Name one of your tables where
   * its primary can be lost while the server is well.
   */
  readonly ping?: ClassicTerm;
}

export interface RethinkdbConnectionOptions extends RethinkdbPing, ReqlConnectionOptions {}

/**
 * Guards a connection of the package `rethinkdb` that the application owns. A lost one is brought back in place
 * with its own `reconnect`. That forgets user, password and TLS; for those, take `rethinkdbConnection`.
 * Throws an `OptionError` where this is no connection.
 */
export function rethinkdbClient(
  connection: ClassicConnection,
  options: RethinkdbPing = {},
): Adapter<RethinkdbHandle> {
  checkMethods('connection', connection, ['reconnect', 'server', 'use', 'on', 'removeListener']);
  checkObject('rethinkdbClient', options, ['ping']);
  return adapterOver(borrowedPlace(connection), options.ping);
}

/**
 * A connection of the package `rethinkdb` that the guard owns: for `connect`. It is replaced when it is lost.
 * Throws an `OptionError` for a wrong option.
 */
export function rethinkdbConnection(
  options: RethinkdbConnectionOptions,
  driver: ClassicDriver,
): OwningAdapter<RethinkdbHandle> {
  checkConnectionOptions(options);
  checkMethods('driver', Object(driver).net, ['TcpConnection']);
  const { ping, connectTimeoutMs, tls, ...rest } = options;
  const timeout = connectTimeoutSeconds(connectTimeoutMs);
  const settings = { ...rest, timeout, ...(tls === undefined ? {} : { ssl: tls }) };
  const place = ownedPlace(() => open(driver, settings));
  return adapterOver(place, ping);
}

function adapterOver(
  place: Place<ClassicConnection>,
  ping: ClassicTerm | undefined,
): OwningAdapter<RethinkdbHandle> {
  return reqlAdapter<ClassicConnection, RethinkdbHandle>({
    driver: 'rethinkdb',
    place,
    handleOf: (track, connection, ready) => ({
      run: (term, options) => track(() => term.run(connection(), options), ready()),
    }),
    ping: (connection) => (ping === undefined ? connection.server() : ping.run(connection)),
  });
}

function borrowedPlace(connection: ClassicConnection): Place<ClassicConnection> {
  const forgets = wouldForget(connection);
  let { db } = connection;
  return {
    current: () => connection,
    async reopen() {
      if (forgets !== undefined) throw cannotReconnect(forgets);
      db = connection.db ?? db;
      await connection.reconnect({ noreplyWait: false });
      // The driver's `reconnect` forgets the database too, also where it fails.
      if (db !== undefined) connection.use(db);
    },
  };
}

/** What a `reconnect` of this connection would do without. */
function wouldForget(connection: ClassicConnection): string | undefined {
  const socket: unknown = Reflect.get(connection, 'rawSocket');
  const user: unknown = Reflect.get(Object(socket), 'user');
  const password: unknown = Reflect.get(Object(socket), 'password');
  if (Reflect.get(connection, 'ssl') !== false) return 'TLS';
  if (user !== undefined && user !== 'admin') return 'the user';
  return password === undefined || password === '' ? undefined : 'the password';
}

function cannotReconnect(what: string): AdapterError {
  return new AdapterError(
    'PRUNELLA_CANNOT_RECONNECT',
    `reconnect() of the package rethinkdb forgets ${what} of this connection: take rethinkdbConnection and connect`,
  );
}

/**
 * The driver's own `connect` shows its connection only when it stands, but the object goes on emitting `error`
 * (its timer runs on after a refused login), which without a listener ends the process.
 */
function open(driver: ClassicDriver, settings: object): Promise<ClassicConnection> {
  return new Promise((resolve, reject) => {
    const connection = new driver.net.TcpConnection(settings, (error) => {
      if (error === null) {
        resolve(connection);
        return;
      }
      stopTimer(connection);
      reject(error);
    });
    connection.on('error', () => {});
  });
}

/** An error on its socket is all that stops the driver's timer, which would keep the process alive. */
function stopTimer(connection: ClassicConnection): void {
  const socket: unknown = Reflect.get(connection, 'rawSocket');
  const destroy: unknown = Reflect.get(Object(socket), 'destroy');
  if (typeof destroy === 'function') destroy.call(socket, new Error('given up'));
}
