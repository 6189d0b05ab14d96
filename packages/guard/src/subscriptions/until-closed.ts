/** What tells of its end by events, such as a client. */
export interface Closing {
  on(event: string, listener: (error?: unknown) => void): unknown;
  removeListener(event: string, listener: (error?: unknown) => void): unknown;
}

const ends = ['error', 'end', 'close'];

/** Resolves when the signal is aborted; rejects when the connection is lost first. Leaves no listener. */
export function untilClosed(client: Closing, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      for (const event of ends) client.removeListener(event, lost);
      signal.removeEventListener('abort', aborted);
    };
    const lost = (error?: unknown): void => {
      stop();
      reject(error instanceof Error ? error : new ConnectionClosed());
    };
    const aborted = (): void => {
      stop();
      resolve();
    };
    for (const event of ends) client.on(event, lost);
    signal.addEventListener('abort', aborted);
    if (signal.aborted) aborted();
  });
}

/** Says it as the network does, so that every adapter's table knows it. */
class ConnectionClosed extends Error {
  override readonly name = 'ConnectionClosed';
  readonly code = 'ECONNRESET';

  constructor() {
    super('the connection was closed');
  }
}
