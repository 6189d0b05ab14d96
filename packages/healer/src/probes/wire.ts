import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { breakAt, ProbeFailure } from './failure.ts';

/** The most bytes that a server may say at once, where nothing else is said. */
const usualLimitBytes = 65_536;

export interface WireAddress {
  readonly host: string;
  readonly port: number;
  readonly tls?: boolean;
}

/** One connection, read by question and answer. */
export interface Wire {
  write(bytes: Buffer | string): void;
  /**
   * Takes the next message: `lengthOf` says how many bytes it has, or -1 while it is not whole. Rejects where
   * the connection ends, or the server says too much, before that.
   */
  read(lengthOf: (received: Buffer) => number): Promise<Buffer>;
}

/**
 * Connects, talks, and destroys the socket, whatever happened. A connection that is made but not answered is
 * told apart from one that is not made: a stopped process still lets its kernel accept.
 */
export async function converse<Answer>(
  address: WireAddress,
  signal: AbortSignal,
  talk: (wire: Wire) => Promise<Answer>,
  limitBytes = usualLimitBytes,
): Promise<Answer> {
  const socket = address.tls
    ? connectTls({ host: address.host, port: address.port })
    : connectTcp({ host: address.host, port: address.port });
  let connected = false;
  const { broken, fail, release } = breakAt(
    signal,
    () => new ProbeFailure('timeout', connected ? 'connected, but no answer' : 'no connection'),
  );
  socket.on('error', fail);
  socket.on('close', () => fail(new ProbeFailure('unreachable', 'the server closed the connection')));
  try {
    const ready = new Promise<void>((resolve) => {
      socket.once(address.tls ? 'secureConnect' : 'connect', () => {
        connected = true;
        resolve();
      });
    });
    await Promise.race([broken, ready]);
    return await Promise.race([broken, talk(wireOver(socket, broken, limitBytes))]);
  } finally {
    release();
    socket.destroy();
  }
}

function wireOver(socket: Socket, broken: Promise<never>, limitBytes: number): Wire {
  let received: Buffer = Buffer.alloc(0);
  let wake = () => {};
  socket.on('data', (chunk: Buffer) => {
    if (received.length < limitBytes) received = Buffer.concat([received, chunk]);
    wake();
  });
  return {
    write(bytes) {
      socket.write(bytes);
    },
    async read(lengthOf) {
      for (;;) {
        const length = lengthOf(received);
        if (length >= 0 && received.length >= length) {
          const message = received.subarray(0, length);
          received = received.subarray(length);
          return message;
        }
        if (received.length >= limitBytes) {
          throw new ProbeFailure('unknown', `an answer of more than ${limitBytes} bytes`);
        }
        await Promise.race([broken, new Promise<void>((resolve) => (wake = resolve))]);
      }
    },
  };
}
