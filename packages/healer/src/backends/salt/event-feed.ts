import { createParser } from 'eventsource-parser';
import type { MinionReturn, SaltClient } from './client.ts';
import { isRecord } from './value.ts';

export type ReturnListener = (minion: string, given: MinionReturn) => void;
export type BusListener = (tag: string, data: unknown) => void;

const openPatienceMs = 500;
/** After a stream that ended or did not open; longer each time that none opens. */
const reconnect = { firstMs: 1_000, longestMs: 30_000 };
/** A stream is opened anew after this time, so that none hangs for ever without being noticed. */
const streamLifeMs = 5 * 60_000;
const largestEvent = 16 * 1024 * 1024;

/**
 * Salt's event bus, open while somebody follows a job. It makes returns arrive at once; what it misses is found
 * by asking for the job, so it is never the only way.
 */
export class EventFeed {
  readonly #client: SaltClient;
  readonly #listeners = new Map<string, Set<ReturnListener>>();
  readonly #busListeners = new Set<BusListener>();
  #stream: AbortController | null = null;
  #followers = 0;
  #isOpen = false;
  #whenOpen: (() => void)[] = [];

  constructor(client: SaltClient) {
    this.#client = client;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Keeps the stream open until the function that it gives is called; waits for nothing. */
  hold(): () => void {
    this.#followers += 1;
    this.#stream ??= this.#keepOpen();
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#followers -= 1;
      if (this.#followers === 0) this.close();
    };
  }

  /** Resolves when the stream is open, or after half a second without: then asking for the job has to do. */
  async follow(): Promise<() => void> {
    const release = this.hold();
    if (!this.#isOpen) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, openPatienceMs);
        timer.unref();
        this.#whenOpen.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    return release;
  }

  /** Every event of the bus, in its order. */
  listenToAll(listener: BusListener): () => void {
    this.#busListeners.add(listener);
    return () => {
      this.#busListeners.delete(listener);
    };
  }

  listen(jid: string, listener: ReturnListener): () => void {
    const listeners = this.#listeners.get(jid) ?? new Set();
    this.#listeners.set(jid, listeners);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(jid);
    };
  }

  close(): void {
    this.#stream?.abort();
    this.#stream = null;
    this.#isOpen = false;
  }

  #keepOpen(): AbortController {
    const controller = new AbortController();
    void this.#run(controller.signal);
    return controller;
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (
      let waitMs = reconnect.firstMs;
      !signal.aborted;
      waitMs = Math.min(reconnect.longestMs, waitMs * 2)
    ) {
      const parser = createParser({
        onEvent: (event) => this.#take(event.data),
        maxBufferSize: largestEvent,
      });
      try {
        await this.#client.events(
          () => this.#opened(signal),
          (chunk) => parser.feed(chunk),
          signal,
          streamLifeMs,
        );
      } catch {
        // The stream is a convenience: jobs are asked for by themselves while it is away.
      }
      if (signal.aborted) return;
      if (this.#isOpen) waitMs = reconnect.firstMs;
      this.#isOpen = false;
      await new Promise<void>((resolve) => {
        setTimeout(resolve, waitMs).unref();
      });
    }
  }

  #opened(signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#isOpen = true;
    const waiting = this.#whenOpen;
    this.#whenOpen = [];
    for (const tell of waiting) tell();
  }

  #take(data: string): void {
    // A busy master's bus has many events; only those that name a followed job are worth reading.
    const named = [...this.#listeners.keys()].some((jid) => data.includes(jid));
    if (!named && this.#busListeners.size === 0) return;
    let event: unknown;
    try {
      event = JSON.parse(data);
    } catch {
      return;
    }
    const inner = isRecord(event) ? event['data'] : undefined;
    if (!isRecord(event) || !isRecord(inner)) return;
    if (typeof event['tag'] === 'string') {
      for (const listener of [...this.#busListeners]) listener(event['tag'], inner);
    }
    const { id, jid } = inner;
    if (typeof id !== 'string' || typeof jid !== 'string' || event['tag'] !== `salt/job/${jid}/ret/${id}`)
      return;
    const given = {
      value: inner['return'],
      retcode: typeof inner['retcode'] === 'number' ? inner['retcode'] : null,
    };
    for (const listener of [...(this.#listeners.get(jid) ?? [])]) listener(id, given);
  }
}
