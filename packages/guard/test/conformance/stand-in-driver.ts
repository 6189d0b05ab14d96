import { EventEmitter } from 'node:events';
import type { ServerControl } from '@prunella/guard/conformance';

export type Question = 'plain' | 'mistake' | 'slow' | 'break';

/** A stand-in for a server, in memory. */
export class StandInServer implements ServerControl {
  #state: 'up' | 'down' | 'stalled' = 'up';
  #goesOn = Promise.withResolvers<void>();
  readonly pools = new Set<StandInPool>();

  async start(): Promise<void> {
    this.#state = 'up';
  }
  async stop(): Promise<void> {
    this.#state = 'down';
    for (const pool of this.pools) pool.lose();
  }
  async stall(): Promise<void> {
    this.#state = 'stalled';
    this.#goesOn = Promise.withResolvers();
  }
  async resume(): Promise<void> {
    if (this.#state === 'stalled') this.#state = 'up';
    this.#goesOn.resolve();
  }

  async answer(question: Question): Promise<string> {
    if (this.#state === 'stalled') await this.#goesOn.promise;
    if (this.#state === 'down') throw withCode('ECONNREFUSED');
    if (question === 'mistake') throw withCode('MISTAKE');
    if (question === 'slow') await new Promise(() => {});
    return 'answer';
  }
}

export class StandInClient {
  readonly #server: StandInServer;
  readonly #closed = Promise.withResolvers<never>();

  constructor(server: StandInServer) {
    this.#server = server;
    this.#closed.promise.catch(() => {});
  }
  ask(question: Question): Promise<string> {
    if (question === 'break') this.close();
    return Promise.race([this.#closed.promise, this.#server.answer(question)]);
  }
  close(): void {
    this.#closed.reject(withCode('ECONNRESET'));
  }
}

/** A stand-in for a driver's pool, of at most five clients. */
export class StandInPool extends EventEmitter {
  readonly #server: StandInServer;
  readonly #idle: StandInClient[] = [];
  readonly #waiting: ((client: StandInClient) => void)[] = [];
  #count = 0;
  #ended = false;

  constructor(server: StandInServer) {
    super();
    this.#server = server;
    server.pools.add(this);
  }

  async checkOut(): Promise<StandInClient> {
    if (this.#ended) throw withCode('ENDED');
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#count === 5) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#count += 1;
    return new StandInClient(this.#server);
  }

  giveBack(client: StandInClient, evict: boolean): void {
    if (evict) client.close();
    const next = evict ? new StandInClient(this.#server) : client;
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) waiting(next);
    else if (evict) this.#count -= 1;
    else this.#idle.push(client);
  }

  async ask(question: Question): Promise<string> {
    const client = await this.checkOut();
    try {
      return await client.ask(question);
    } finally {
      this.giveBack(client, false);
    }
  }

  lose(): void {
    this.emit('error', withCode('ECONNRESET'));
  }

  end(): void {
    this.#ended = true;
    this.#server.pools.delete(this);
  }
}

function withCode(code: string): Error {
  return Object.assign(new Error(code), { code });
}
