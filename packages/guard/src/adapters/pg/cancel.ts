import type { Client, Connection } from 'pg';
import { enqueueCancel } from './cancel-queue.ts';
import { unrefStream } from './destroy.ts';

const cancelTimeoutMs = 2_000;

/** A connection of node-postgres; its types leave out what opens one. */
interface OpeningConnection extends Connection {
  connect(port: number | string, host?: string): void;
  requestSsl(): void;
  cancel(processId: number, secretKey: number): void;
}

/**
 * Asks the server to cancel what this client runs, with a CancelRequest (PostgreSQL's frontend/backend protocol,
 * "Canceling Requests in Progress") on a connection of its own, encrypted where the client's is; calls `done` when
 * the server has taken it, or has not within 2 s. Closing the client alone would leave the statement running until
 * it next writes to us. Four at a time to one server; up to 1,000 wait.
 */
export function cancelRunning(client: Client, done: () => void = () => {}): void {
  const processId = numberOf(client, 'processID');
  const secretKey = numberOf(client, 'secretKey');
  if (processId === undefined || secretKey === undefined || typeof client.connection !== 'object') {
    done();
    return;
  }
  enqueueCancel(
    `${client.host}:${client.port}`,
    (ended) => request(client, processId, secretKey, ended),
    done,
  );
}

function request(
  client: Client,
  processId: number,
  secretKey: number,
  ended: (taken: boolean) => void,
): void {
  const connection = connectionLike(client);
  if (connection === undefined) {
    ended(false);
    return;
  }
  let taken = false;
  const send = (): void => {
    connection.cancel(processId, secretKey);
    taken = true;
  };
  const giveUp = (): void => {
    taken = false;
    connection.stream.destroy();
  };
  const timer = setTimeout(giveUp, cancelTimeoutMs);
  timer.unref();
  connection.on('error', giveUp);
  connection.on('sslconnect', send);
  connection.once('connect', () => {
    unrefStream(connection.stream);
    if (!isEncrypted(connection)) send();
    else if (Reflect.get(connection, 'sslNegotiation') !== 'direct') connection.requestSsl();
  });
  // The server answers by closing, once the signal is sent.
  connection.once('end', () => {
    clearTimeout(timer);
    ended(taken);
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
