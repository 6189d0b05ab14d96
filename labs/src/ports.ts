import { createServer } from 'node:net';

/**
 * Below the range from which kernels take the ports of outgoing connections: a client that retries towards
 * a killed server's port can otherwise be given that very port and connect to itself.
 */
const lowestPort = 18_000;
const highestPort = 32_000;
const triesAtMost = 200;

/** A TCP port on 127.0.0.1 that nobody listens on now, and that no outgoing connection will take. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < triesAtMost; tries += 1) {
    const port = lowestPort + Math.floor(Math.random() * (highestPort - lowestPort));
    if (await canListen(port)) return port;
  }
  throw new Error(
    `no free TCP port found on 127.0.0.1 in ${triesAtMost} tries between ${lowestPort} and ${highestPort}`,
  );
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
