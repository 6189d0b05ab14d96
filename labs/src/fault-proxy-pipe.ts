import type { Socket } from 'node:net';

/** What a network does to the bytes that go one way. */
export type NetworkFault =
  /** Both ends get a RST: at once, or when this many more bytes of a connection have passed. */
  | { readonly kind: 'reset'; readonly afterBytes?: number }
  /** Nothing arrives, neither bytes nor an end, until the fault is over: then what was held does. */
  | { readonly kind: 'black-hole' }
  /** This many bytes arrive each time, and no more. */
  | { readonly kind: 'slow-drip'; readonly bytes: number; readonly everyMs: number }
  /** The receiver is told that no more will come (FIN); what is sent all the same is lost. */
  | { readonly kind: 'half-close' }
  /** All arrives in order, later by `latencyMs` and a random time up to `jitterMs`. */
  | { readonly kind: 'latency'; readonly latencyMs: number; readonly jitterMs?: number };

interface Held {
  readonly data: Buffer;
  readonly dueAt: number;
}

/** Then the sender is no longer read from, and TCP holds it back. */
const mostHeldBytes = 262_144;

interface PipeParts {
  readonly random: () => number;
  /** Ends the whole connection with a RST to both. */
  readonly reset: () => void;
}

/** One way of one connection. */
export class Pipe {
  readonly #source: Socket;
  readonly #sink: Socket;
  readonly #parts: PipeParts;
  #fault: NetworkFault | null = null;
  readonly #held: Held[] = [];
  #heldBytes = 0;
  #passedBytes = 0;
  #nextDripAt = 0;
  #latestDueAt = 0;
  #ended = false;
  #broken = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(source: Socket, sink: Socket, parts: PipeParts) {
    this.#source = source;
    this.#sink = sink;
    this.#parts = parts;
    source.on('data', (data: Buffer) => this.#take(data));
    source.on('end', () => {
      this.#ended = true;
      this.pump();
    });
    source.on('error', () => {
      this.#broken = true;
      this.pump();
    });
    sink.on('drain', () => this.pump());
  }

  set(fault: NetworkFault | null): void {
    this.#fault = fault;
    this.#passedBytes = 0;
    this.#nextDripAt = 0;
    this.pump();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#held.length = 0;
    this.#heldBytes = 0;
  }

  /** Passes what may pass now. */
  pump(): void {
    clearTimeout(this.#timer);
    const arrives = this.#fault?.kind !== 'black-hole';
    if (arrives && this.#broken) {
      this.#parts.reset();
      return;
    }
    this.#passByFault();
    if (this.#sink.destroyed) return;
    if (arrives && this.#ended && this.#held.length === 0) this.#sink.end();
    if (this.#heldBytes >= mostHeldBytes) this.#source.pause();
    else this.#source.resume();
  }

  #take(data: Buffer): void {
    const fault = this.#fault;
    if (fault?.kind === 'half-close') return;
    const delayMs =
      fault?.kind === 'latency' ? fault.latencyMs + (fault.jitterMs ?? 0) * this.#parts.random() : 0;
    const dueAt = Math.max(this.#latestDueAt, performance.now() + delayMs);
    this.#latestDueAt = dueAt;
    this.#held.push({ data, dueAt });
    this.#heldBytes += data.length;
    this.pump();
  }

  #passByFault(): void {
    const fault = this.#fault;
    switch (fault?.kind) {
      case undefined:
        this.#latestDueAt = 0;
        this.#pass(Number.POSITIVE_INFINITY);
        return;
      case 'black-hole':
        return;
      case 'half-close':
        this.stop();
        this.#sink.end();
        return;
      case 'reset':
        this.#pass((fault.afterBytes ?? 0) - this.#passedBytes);
        if (this.#passedBytes >= (fault.afterBytes ?? 0)) this.#parts.reset();
        return;
      case 'slow-drip':
        this.#drip(fault.bytes, fault.everyMs);
        return;
      case 'latency':
        this.#passDue();
        return;
    }
  }

  #drip(bytes: number, everyMs: number): void {
    const now = performance.now();
    if (this.#held.length > 0 && now >= this.#nextDripAt) {
      this.#nextDripAt = now + everyMs;
      this.#pass(bytes);
    }
    if (this.#held.length > 0) this.#pumpIn(this.#nextDripAt - now);
  }

  #passDue(): void {
    const now = performance.now();
    let due = 0;
    for (const { data, dueAt } of this.#held) {
      if (dueAt > now) break;
      due += data.length;
    }
    this.#pass(due);
    const next = this.#held[0];
    if (next !== undefined) this.#pumpIn(next.dueAt - now);
  }

  /** Up to so many bytes, as long as the receiver takes them. */
  #pass(mostBytes: number): void {
    let left = mostBytes;
    for (let next = this.#held[0]; next !== undefined && left > 0; next = this.#held[0]) {
      if (this.#sink.destroyed || this.#sink.writableNeedDrain) return;
      const data = next.data.subarray(0, left);
      const rest = next.data.subarray(data.length);
      if (rest.length === 0) this.#held.shift();
      else this.#held[0] = { data: rest, dueAt: next.dueAt };
      this.#heldBytes -= data.length;
      this.#passedBytes += data.length;
      left -= data.length;
      this.#sink.write(data);
    }
  }

  #pumpIn(delayMs: number): void {
    this.#timer = setTimeout(() => this.pump(), Math.max(1, Math.ceil(delayMs)));
    this.#timer.unref();
  }
}
