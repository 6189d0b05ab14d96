import type { Client, Connection } from 'pg';
import { unrefStream } from './destroy.ts';

const cancelsAtOnce = 4;
const cancelTimeoutMs = 2_000;
let running = 0;

/** A connection of node-postgres; its types leave out what opens one. */
interface OpeningConnection extends Connection {
  connect(port: number | string, host?: string): void;
  requestSsl(): void;
  cancel(processId: number, secretKey: number): void;
}

/**
 * Asks the server to cancel what this client runs, with a CancelRequest (PostgreSQL's frontend/backend protocol,
 * "Canceling Requests in Progress") on a connection of its own, encrypted where the client's is; calls `done` when
 * the server has taken it, or after 2 s at most. Closing the client alone would leave the statement running until
 * it next writes to us.
 *
 * Not sent while four others are on their way: the server is then past noticing.
 */
export function cancelRunning(client: Client, done: () => void = () => {}): void {
  const processId = numberOf(client, 'processID');
  const secretKey = numberOf(client, 'secretKey');
  const connection = running < cancelsAtOnce ? connectionLike(client) : undefined;
  if (processId === undefined || secretKey === undefined || connection === undefined) {
    done();
    return;
  }
  running += 1;
  const timer = setTimeout(() => connection.stream.destroy(), cancelTimeoutMs);
  timer.unref();
  const send = (): void => connection.cancel(processId, secretKey);
  connection.on('error', () => connection.stream.destroy());
  connection.on('sslconnect', send);
  connection.once('connect', () => {
    unrefStream(connection.stream);
    if (!isEncrypted(connection)) send();
    else if (Reflect.get(connection, 'sslNegotiation') !== 'direct') connection.requestSsl();
  });
  // The server answers by closing, once the signal is sent.
  connection.once('end', () => {
    running -= 1;
    clearTimeout(timer);
    done();
  });
  if (client.host.startsWith('/')) connection.connect(`${client.host}/.s.PGSQL.${client.port}`);
  else connection.connect(client.port, client.host);
}

/** Not yet opened; of the same class, with the same certificates. Undefined for the native client. */
function connectionLike(client: Client): OpeningConnection | undefined {
  const own: unknown = client.connection;
  if (typeof own !== 'object' || own === null) return undefined;
  const made: unknown = Reflect.construct(own.constructor, [
    { ssl: Reflect.get(own, 'ssl'), sslNegotiation: Reflect.get(own, 'sslNegotiation') },
  ]);
  return isOpening(made) ? made : undefined;
}

function isOpening(value: unknown): value is OpeningConnection {
  const has = (method: string) => typeof Reflect.get(Object(value), method) === 'function';
  return has('connect') && has('requestSsl') && has('cancel') && has('on') && has('once');
}

function isEncrypted(connection: Connection): boolean {
  return Boolean(Reflect.get(connection, 'ssl'));
}

function numberOf(client: Client, field: string): number | undefined {
  const value: unknown = Reflect.get(client, field);
  return typeof value === 'number' ? value : undefined;
}
