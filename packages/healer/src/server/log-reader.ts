import type { LogEntry } from '@prunella/core';
import type { Engine } from '../engine/engine.ts';
import type { EventStream } from './event-stream.ts';

/** Entries that arrive while history is still being read. Beyond it the reader is cut, too. */
const waitingLimit = 10_000;

const pageSize = 1_000;

interface LogFilter {
  readonly resource?: string | undefined;
  readonly incident?: string | undefined;
}

interface LogReading {
  readonly filter: LogFilter;
  /** The sequence behind which it begins; undefined: with the next entry. */
  readonly resumeAt: number | undefined;
  /** The name of its events; undefined: none. */
  readonly event?: string;
}

/** Sends the log to one reader, each entry once and in order, without a gap between history and present. */
export class LogReader {
  readonly #engine: Engine;
  readonly #reading: LogReading;
  #lastSent: number;

  constructor(engine: Engine, reading: LogReading) {
    this.#engine = engine;
    this.#reading = reading;
    this.#lastSent = reading.resumeAt ?? -1;
  }

  /** Begins at once; returns what ends it. */
  start(stream: EventStream): () => void {
    const { filter, resumeAt } = this.#reading;
    // While history is read, what happens meanwhile waits here.
    let waiting: LogEntry[] | null = resumeAt === undefined ? null : [];
    const unsubscribe = this.#engine.onLog((entry) => {
      if (!isWanted(entry, filter)) return;
      if (waiting === null) this.#send(stream, entry);
      else if (waiting.length < waitingLimit) waiting.push(entry);
      else stream.cut();
    });
    if (waiting !== null) {
      const readHistory = async () => {
        await this.#sendHistory(stream, resumeAt ?? 0);
        for (const entry of waiting ?? []) this.#send(stream, entry);
        waiting = null;
      };
      // The store could not be read: the reader comes back and asks again.
      readHistory().catch(() => stream.cut());
    }
    return unsubscribe;
  }

  #send(stream: EventStream, entry: LogEntry): void {
    if (entry.sequence <= this.#lastSent) return;
    this.#lastSent = entry.sequence;
    const { event } = this.#reading;
    stream.send({ id: entry.sequence, data: entry, ...(event === undefined ? {} : { event }) });
  }

  async #sendHistory(stream: EventStream, after: number): Promise<void> {
    const { resource, incident } = this.#reading.filter;
    const filter = {
      ...(resource === undefined ? {} : { resource }),
      ...(incident === undefined ? {} : { incident }),
    };
    let cursor = after;
    for (;;) {
      const page = await this.#engine.log({ after: cursor, limit: pageSize, ...filter });
      for (const entry of page) this.#send(stream, entry);
      cursor = page.at(-1)?.sequence ?? cursor;
      if (page.length < pageSize || stream.isOver) return;
      await stream.drained();
    }
  }
}

function isWanted(entry: LogEntry, filter: LogFilter): boolean {
  if (filter.resource !== undefined && entry.resource !== filter.resource) return false;
  return filter.incident === undefined || entry.incident === filter.incident;
}
