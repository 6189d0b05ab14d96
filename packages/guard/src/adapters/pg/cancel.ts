import { connect } from 'node:net';
import type { Client } from 'pg';

const cancelsAtOnce = 4;
const cancelTimeoutMs = 2_000;
let running = 0;

/**
 * Asks the server to cancel what this client runs, with a CancelRequest (PostgreSQL's frontend/backend protocol,
 * "Canceling Requests in Progress") on a connection of its own; calls `done` when the server has taken it, or
 * after 2 s at most. Closing the client alone would leave the statement running until it next writes to us.
 *
 * Not sent where the client speaks TLS, since the request carries the session's secret key; nor while four
 * others are on their way: the server is then past noticing.
 */
export function cancelRunning(client: Client, done: () => void = () => {}): void {
  const processId = numberOf(client, 'processID');
  const secretKey = numberOf(client, 'secretKey');
  if (
    processId === undefined ||
    secretKey === undefined ||
    client.ssl !== false ||
    running >= cancelsAtOnce
  ) {
    done();
    return;
  }
  running += 1;
  const socket = client.host.startsWith('/')
    ? connect(`${client.host}/.s.PGSQL.${client.port}`)
    : connect(client.port, client.host);
  socket.unref();
  socket.setTimeout(cancelTimeoutMs, () => socket.destroy());
  socket.on('error', () => {});
  socket.once('connect', () => socket.write(cancelRequest(processId, secretKey)));
  // The server answers by closing, once the signal is sent.
  socket.once('close', () => {
    running -= 1;
    done();
  });
  socket.resume();
}

function cancelRequest(processId: number, secretKey: number): Buffer {
  const request = Buffer.alloc(16);
  request.writeInt32BE(16, 0);
  request.writeInt32BE(80_877_102, 4);
  request.writeInt32BE(processId, 8);
  request.writeInt32BE(secretKey, 12);
  return request;
}

function numberOf(client: Client, field: string): number | undefined {
  const value: unknown = Reflect.get(client, field);
  return typeof value === 'number' ? value : undefined;
}
