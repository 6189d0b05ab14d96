import { connect, createServer, type Server, type Socket } from 'node:net';
import { type NetworkFault, Pipe } from './fault-proxy-pipe.ts';
import { freePort } from './ports.ts';

export interface FaultProxyOptions {
  /** Where the real server listens. */
  readonly targetPort: number;
  /** Default 127.0.0.1. */
  readonly targetHost?: string;
  /** Where clients connect. Default: a free one. */
  readonly port?: number;
  /** For what is random (jitter): the same seed gives the same. Default 1. */
  readonly seed?: number;
}

export type Direction = 'both' | 'to-server' | 'to-client';

/** Lies between clients and a real server, on real sockets, and does to them what networks do. */
export interface FaultProxy {
  readonly port: number;
  /** Connections that are open now. */
  readonly connections: number;
  /** Connections that clients have opened since the start. */
  readonly accepted: number;
  /** Holds for open connections and for new ones, in place of the fault before; null is no fault. */
  fault(fault: NetworkFault | null, direction?: Direction): void;
  /** Nobody listens any more: new connections get ECONNREFUSED. Open ones stay as they are. */
  refuse(): Promise<void>;
  /** Listens, and passes all bytes at once, in both directions. */
  normal(): Promise<void>;
  /** Ends every connection and stops listening. Safe to repeat. */
  stop(): Promise<void>;
}

/**
 * A TCP proxy with faults. A server that is down looks different through it than without it: the client is
 * connected first and reset then. `refuse` gives what the client of a dead server sees.
 */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const { targetPort, targetHost = '127.0.0.1', seed = 1 } = options;
  const proxy = new TcpFaultProxy(
    options.port ?? (await freePort()),
    { port: targetPort, host: targetHost },
    randomFrom(seed),
  );
  await proxy.listen();
  return proxy;
}

class TcpFaultProxy implements FaultProxy {
  readonly port: number;
  accepted = 0;
  readonly #target: { readonly port: number; readonly host: string };
  readonly #random: () => number;
  readonly #connections = new Set<Connection>();
  #server: Server | null = null;
  #toServer: NetworkFault | null = null;
  #toClient: NetworkFault | null = null;

  constructor(port: number, target: { readonly port: number; readonly host: string }, random: () => number) {
    this.port = port;
    this.#target = target;
    this.#random = random;
  }

  get connections(): number {
    return this.#connections.size;
  }

  fault(fault: NetworkFault | null, direction: Direction = 'both'): void {
    if (direction !== 'to-client') this.#toServer = fault;
    if (direction !== 'to-server') this.#toClient = fault;
    for (const connection of this.#connections) this.#apply(connection, direction);
  }

  async refuse(): Promise<void> {
    // Its callback would wait for the open connections, too; the port itself is free at once.
    this.#server?.close();
    this.#server = null;
  }

  async normal(): Promise<void> {
    this.fault(null);
    await this.listen();
  }

  async stop(): Promise<void> {
    await this.refuse();
    for (const connection of this.#connections) connection.reset();
  }

  async listen(): Promise<void> {
    if (this.#server !== null) return;
    const server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port: this.port, host: '127.0.0.1' }, resolve);
    });
  }

  #accept(client: Socket): void {
    this.accepted++;
    const server = connect({ ...this.#target, allowHalfOpen: true });
    const connection = new Connection(client, server, this.#random, () =>
      this.#connections.delete(connection),
    );
    this.#connections.add(connection);
    this.#apply(connection, 'both');
  }

  #apply({ toServer, toClient }: Connection, direction: Direction): void {
    if (direction !== 'to-client') toServer.set(this.#toServer);
    if (direction !== 'to-server') toClient.set(this.#toClient);
  }
}

class Connection {
  readonly toServer: Pipe;
  readonly toClient: Pipe;
  readonly #sockets: readonly [Socket, Socket];

  constructor(client: Socket, server: Socket, random: () => number, onClose: () => void) {
    this.#sockets = [client, server];
    const parts = { random, reset: () => this.reset() };
    this.toServer = new Pipe(client, server, parts);
    this.toClient = new Pipe(server, client, parts);
    for (const socket of this.#sockets) {
      socket.setNoDelay(true);
      socket.on('close', () => {
        if (this.#sockets.every(({ destroyed }) => destroyed)) onClose();
      });
    }
  }

  reset(): void {
    this.toServer.stop();
    this.toClient.stop();
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }
}

/** Mulberry32: from 0 to below 1, the same numbers for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
