import type { Client } from 'pg';

const goodbyeTimeoutMs = 2_000;

/** Closes a client at once, whatever it waits for. Never throws. */
export function destroy(client: Client): void {
  end(client);
  // `end` alone says goodbye, and waits for ever where the server does not listen.
  streamOf(client)?.destroy();
}

/** Stops opening a connection. No `end`: after that node-postgres would leave its pool waiting for ever. */
export function abortOpening(client: Client): void {
  streamOf(client)?.destroy();
}

/** Says goodbye, so that the server's log stays clean; closes after 2 s where it does not answer. */
export function sayGoodbye(client: Client): void {
  const stream = streamOf(client);
  stream?.setTimeout(goodbyeTimeoutMs, () => stream.destroy());
  stream?.unref();
  end(client);
}

/** Lets the process end while this connection is open. */
export function unrefStream(stream: unknown): void {
  if (isSocketLike(stream)) stream.unref();
}

function end(client: Client): void {
  client.end().catch(() => {});
}

interface SocketLike {
  destroy(): void;
  unref(): void;
  setTimeout(timeoutMs: number, callback: () => void): void;
}

/** Undefined for the native client, which has no socket that could be reached. */
function streamOf(client: Client): SocketLike | undefined {
  const stream: unknown = client.connection?.stream;
  return isSocketLike(stream) ? stream : undefined;
}

function isSocketLike(value: unknown): value is SocketLike {
  const has = (method: string) => typeof Reflect.get(Object(value), method) === 'function';
  return has('destroy') && has('unref') && has('setTimeout');
}
