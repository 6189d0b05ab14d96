import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';

const servers: { server: Server; sockets: Set<Socket> }[] = [];

afterAll(() => {
  for (const { server, sockets } of servers.splice(0)) {
    server.close();
    for (const socket of sockets) socket.destroy();
  }
});

/** Speaks to each connection as it likes; HTTP or not. */
async function badHealer(behave: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    behave(socket);
  });
  servers.push({ server, sockets });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const answer = (status: string, body: string) =>
  `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
const directive = { directive: 'probe', resource: 'stand-in/busy', incident: 'i1', spreadMs: 300_000 };
const flood = JSON.stringify({
  cursor: 'c'.repeat(1_000),
  directives: Array.from({ length: 1_000 }, (_, sequence) => ({ ...directive, sequence })),
  refused: Array.from({ length: 1_000 }, () => ({ code: 'x', reason: 'y'.repeat(50) })),
});

const behaviours: readonly [string, (socket: Socket) => void][] = [
  ['takes connections and says nothing', (socket) => socket.resume()],
  ['resets every connection', (socket) => socket.resetAndDestroy()],
  ['answers what is no HTTP', (socket) => socket.on('data', () => socket.write(randomBytes(1_000)))],
  [
    'answers every request with 10 MB',
    (socket) => socket.on('data', () => socket.write(answer('200 OK', 'x'.repeat(1e7)))),
  ],
  [
    'answers every request with 10 MB of headers',
    (socket) => socket.on('data', () => socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(1e7)}\r\n\r\n`)),
  ],
  ['answers one byte at a time, without end', (socket) => drip(socket)],
  [
    'floods with directives and refusals',
    (socket) => socket.on('data', () => socket.write(answer('200 OK', flood))),
  ],
  [
    'answers garbage where JSON is due',
    (socket) =>
      socket.on('data', () =>
        socket.write(answer('200 OK', '{"cursor":7,"directives":{"0":null},"refused":"all"}')),
      ),
  ],
  [
    'sends the reporter elsewhere',
    (socket) =>
      socket.on('data', () =>
        socket.write('HTTP/1.1 307 Go\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n'),
      ),
  ],
];

function drip(socket: Socket): void {
  socket.once('data', () => {
    socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
    const timer = setInterval(() => socket.write('1\r\n \r\n'), 10);
    socket.on('close', () => clearInterval(timer));
  });
}

describe.concurrent('an application under a healer that', () => {
  test.each(behaviours)(
    '%s works as without one, holds little memory, and ends by itself',
    async (_name, behave) => {
      const address = await badHealer(behave);
      const file = fileURLToPath(new URL('busy-process.ts', import.meta.url));
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--conditions=prunella-source', '--disable-warning=ExperimentalWarning', file, address],
        { timeout: 55_000 },
      );
      const { outcomes, mostBufferBytes, mostConnections, condition } = JSON.parse(stdout);
      expect(outcomes.ok).toBeGreaterThan(20);
      expect(outcomes.failed).toBeGreaterThan(10);
      expect(condition).toBe('degraded');
      expect(mostBufferBytes).toBeLessThan(32_000_000);
      expect(mostConnections).toBeGreaterThan(0);
      expect(mostConnections).toBeLessThanOrEqual(4);
    },
  );
});
