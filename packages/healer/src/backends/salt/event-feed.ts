import type { MinionReturn, SaltClient } from './client.ts';
import { isRecord, type JsonRecord } from './value.ts';

export type ReturnListener = (minion: string, given: MinionReturn) => void;
export type BusListener = (tag: string, data: unknown) => void;

const openPatienceMs = 500;
/** After a stream that was hardly open, or did not open; longer each time that none opens. */
const reconnect = { firstMs: 1_000, longestMs: 30_000 };
/** A stream is opened anew after this time, so that none hangs for ever without being noticed. */
const streamLifeMs = 5 * 60_000;
const largestEvent = 16 * 1024 * 1024;
/** Returns that are kept for those who begin to listen a moment later; larger ones are asked for. */
const recent = { most: 100, forMs: 5_000, largest: 64 * 1024 };

/**
 * Salt's event bus, open while somebody follows a job. It makes returns arrive at once; what it misses is found
 * by asking for the job, so it is never the only way.
 */
export class EventFeed {
  readonly #client: SaltClient;
  readonly #listeners = new Map<string, Set<ReturnListener>>();
  readonly #busListeners = new Set<BusListener>();
  /** A return can be quicker than the answer that names its job. */
  readonly #recent: { readonly at: number; readonly data: string }[] = [];
  #stream: AbortController | null = null;
  #followers = 0;
  #isOpen = false;
  readonly #whenOpen = new Set<() => void>();

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
        const end = () => {
          clearTimeout(timer);
          // Where no stream ever opens, nobody else would take it out.
          this.#whenOpen.delete(end);
          resolve();
        };
        const timer = setTimeout(end, openPatienceMs);
        timer.unref();
        this.#whenOpen.add(end);
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

  /** Tells at once of what has come in the last seconds. */
  listen(jid: string, listener: ReturnListener): () => void {
    const since = performance.now() - recent.forMs;
    for (const { at, data } of this.#recent) {
      if (at < since || !data.includes(jid)) continue;
      const event = readEvent(data);
      const given = event && returnOf(event);
      if (given?.jid === jid) listener(given.minion, given.given);
    }
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
    // Only here: a healer that follows no bus does without it.
    const { createParser } = await import('eventsource-parser');
    let waitMs: number = reconnect.firstMs;
    while (!signal.aborted) {
      let openedAt: number | null = null;
      const parser = createParser({
        onEvent: (event) => this.#take(event.data),
        maxBufferSize: largestEvent,
      });
      try {
        await this.#client.events(
          () => {
            openedAt = performance.now();
            this.#opened(signal);
          },
          (chunk) => parser.feed(chunk),
          signal,
          streamLifeMs,
        );
      } catch {
        // The stream is a convenience: jobs are asked for by themselves while it is away.
      }
      if (signal.aborted) return;
      this.#isOpen = false;
      const openForMs = openedAt === null ? 0 : performance.now() - openedAt;
      if (openedAt !== null) waitMs = reconnect.firstMs;
      // What happens meanwhile is told to nobody: one that a proxy cut, or that had its time, is opened at once.
      const pauseMs = openForMs < reconnect.firstMs ? waitMs : 0;
      if (openedAt === null) waitMs = Math.min(reconnect.longestMs, waitMs * 2);
      await new Promise<void>((resolve) => {
        setTimeout(resolve, pauseMs).unref();
      });
    }
  }

  #opened(signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#isOpen = true;
    for (const tell of [...this.#whenOpen]) tell();
  }

  #take(data: string): void {
    if (data.length <= recent.largest && data.includes('/ret/')) {
      this.#recent.push({ at: performance.now(), data });
      if (this.#recent.length > recent.most) this.#recent.shift();
    }
    // A busy master's bus has many events; only those that name a followed job are worth reading.
    const named = [...this.#listeners.keys()].some((jid) => data.includes(jid));
    if (!named && this.#busListeners.size === 0) return;
    const event = readEvent(data);
    if (event === null) return;
    if (event.tag !== null) for (const listener of [...this.#busListeners]) listener(event.tag, event.inner);
    const given = returnOf(event);
    if (given === null) return;
    for (const listener of [...(this.#listeners.get(given.jid) ?? [])]) listener(given.minion, given.given);
  }
}

interface SaltEvent {
  readonly tag: string | null;
  readonly inner: JsonRecord;
}

/** Null where it is none of Salt's. */
function readEvent(data: string): SaltEvent | null {
  let event: unknown;
  try {
    event = JSON.parse(data);
  } catch {
    return null;
  }
  const inner = isRecord(event) ? event['data'] : undefined;
  if (!isRecord(event) || !isRecord(inner)) return null;
  return { tag: typeof event['tag'] === 'string' ? event['tag'] : null, inner };
}

/** Null where it is no return of a minion. */
function returnOf({ tag, inner }: SaltEvent) {
  const { id, jid } = inner;
  if (typeof id !== 'string' || typeof jid !== 'string' || tag !== `salt/job/${jid}/ret/${id}`) return null;
  const retcode = typeof inner['retcode'] === 'number' ? inner['retcode'] : null;
  const given: MinionReturn = { value: inner['return'], retcode };
  return { jid, minion: id, given };
}
