import type { LogEntry } from '@prunella/core';
import type { Engine } from '../engine/engine.ts';
import type { EventStream } from './event-stream.ts';

/** Entries that arrive while history is still being read. Beyond it the reader is cut, too. */
const waitingLimit = 10_000;

const pageSize = 1_000;

/**
 * Where a reader goes on who has read up to `asked`, and the newest entry. Undefined: with the next entry, also where
 * the log does not reach as far as the reader knows it, as after a restore: waiting for that would be silence.
 */
export async function resumePlace(
  engine: Engine,
  asked: number | undefined,
): Promise<{ readonly newest: number; readonly resumeAt: number | undefined }> {
  const [entry] = await engine.log({ newestFirst: true, limit: 1 });
  const newest = entry?.sequence ?? 0;
  return { newest, resumeAt: asked === undefined || asked > newest ? undefined : asked };
}

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
        // What is sent meanwhile may be followed by more; in the turn in which none is left the present begins.
        for (let entry = waiting?.shift(); entry !== undefined; entry = waiting?.shift()) {
          this.#send(stream, entry);
          await stream.drained();
        }
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
    const name = event === undefined ? '' : `event: ${event}\n`;
    stream.sendText(`id: ${entry.sequence}\n${name}`, textOf(entry));
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
      for (const entry of page) {
        this.#send(stream, entry);
        await stream.drained();
        if (stream.isOver) return;
      }
      cursor = page.at(-1)?.sequence ?? cursor;
      if (page.length < pageSize) return;
    }
  }
}

/** Of entries that readers are being told of: each is written out once, however many there are. */
const texts = new WeakMap<LogEntry, string>();

function textOf(entry: LogEntry): string {
  const known = texts.get(entry);
  if (known !== undefined) return known;
  const text = JSON.stringify(entry);
  texts.set(entry, text);
  return text;
}

function isWanted(entry: LogEntry, filter: LogFilter): boolean {
  if (filter.resource !== undefined && entry.resource !== filter.resource) return false;
  return filter.incident === undefined || entry.incident === filter.incident;
}
