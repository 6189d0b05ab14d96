import { EventEmitter } from 'node:events';
import type { Adapter, Classification, Lease } from '@prunella/guard';
import type { AdapterHarness, ServerControl } from '@prunella/guard/conformance';

type Question = 'plain' | 'mistake' | 'slow' | 'break';

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

class StandInClient {
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

export interface StandInHandle {
  ask(question: Question): Promise<string>;
}

/** A conforming adapter over it. */
export function standInAdapter(pool: StandInPool): Adapter<StandInHandle> {
  return {
    driver: 'stand-in',
    classify: classifyStandIn,
    lease: () => new StandInLease(pool),
    async ping(signal) {
      signal.throwIfAborted();
      const aborted = new Promise<never>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
      await Promise.race([pool.ask('plain'), aborted]);
    },
    watch(onFault) {
      const onError = (error: unknown): void => onFault(error);
      pool.on('error', onError);
      return () => pool.removeListener('error', onError);
    },
  };
}

class StandInLease implements Lease<StandInHandle> {
  readonly handle = { ask: (question: Question) => this.#ask(question) };
  readonly #pool: StandInPool;
  #held: StandInClient | undefined;
  readonly #over = new AbortController();
  #waited: boolean | undefined;

  constructor(pool: StandInPool) {
    this.#pool = pool;
  }
  abandon(): void {
    this.#waited ??= this.#held === undefined;
    this.#over.abort();
    if (this.#held !== undefined) this.#pool.giveBack(this.#held, true);
    this.#held = undefined;
  }
  waitsForOwnPool(): boolean {
    return this.#waited ?? this.#held === undefined;
  }
  end(): void {
    this.#waited ??= this.#held === undefined;
    this.#over.abort();
  }
  async #ask(question: Question): Promise<string> {
    if (isOver(this.#over.signal)) throw withCode('OVER');
    const client = await this.#pool.checkOut();
    this.#held = client;
    if (isOver(this.#over.signal)) {
      this.#letGo(client, false);
      throw withCode('OVER');
    }
    try {
      const answer = await client.ask(question);
      this.#letGo(client, false);
      return answer;
    } catch (error) {
      this.#letGo(client, classifyStandIn(error).evict);
      throw error;
    }
  }

  #letGo(client: StandInClient, evict: boolean): void {
    if (this.#held !== client) return;
    this.#held = undefined;
    this.#pool.giveBack(client, evict);
  }
}

function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}

function classifyStandIn(error: unknown): Classification {
  const code = codeOf(error);
  if (code === 'ECONNREFUSED') return { kind: 'unreachable', outcomeUnknown: false, evict: true };
  if (code === 'ECONNRESET') return { kind: 'unreachable', outcomeUnknown: true, evict: true };
  return { kind: 'caller', outcomeUnknown: false, evict: false };
}

function codeOf(error: unknown): unknown {
  try {
    return Object(error).code;
  } catch {
    return undefined;
  }
}

function withCode(code: string): Error {
  return Object.assign(new Error(code), { code });
}

export function standInHarness(
  adapt: (pool: StandInPool) => Adapter<StandInHandle> = standInAdapter,
): AdapterHarness<StandInHandle, StandInPool> {
  const server = new StandInServer();
  return {
    async lend() {
      const pool = new StandInPool(server);
      pool.on('error', () => {});
      return pool;
    },
    adapt,
    takeBack: async (pool) => pool.end(),
    call: (handle) => handle.ask('plain'),
    mistake: (handle) => handle.ask('mistake'),
    slow: (handle) => handle.ask('slow'),
    breakClient: (handle) => handle.ask('break'),
    useLent: (pool) => pool.ask('plain'),
    server,
  };
}
