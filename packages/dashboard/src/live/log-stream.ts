import type { LogEntry } from '@prunella/core';
import { createParser } from 'eventsource-parser';
import { HealerProblem } from '../api/problem.ts';
import { fieldsOf } from '../api/read.ts';
import { send } from '../api/request.ts';

/** The healer writes a comment every 15 s: two of them missing, and nobody is there any more. */
const silenceMs = 35_000;
const connectMs = 10_000;
const pauseLeastMs = 500;
const pauseMostMs = 15_000;

export interface LogStreamEvents {
  readonly onOpen: () => void;
  readonly onEntry: (entry: LogEntry) => void;
  /** Told at each try that failed and at each end of an open stream. */
  readonly onLost: () => void;
}

/**
 * Follows `/v1/log/stream` and comes back after each loss by `Last-Event-ID`. Not the browser's `EventSource`: that
 * one hides the healer's signs of life, so a connection that silently died would be shown as live.
 */
export class LogStream {
  readonly #events: LogStreamEvents;
  readonly #stopping = new AbortController();
  #lastId: string | null = null;
  #cutPauseShort: () => void = () => {};

  constructor(events: LogStreamEvents) {
    this.#events = events;
  }

  start(): void {
    void this.#follow();
  }

  stop(): void {
    this.#stopping.abort();
    this.#cutPauseShort();
  }

  /** The network is said to be back: do not wait out the pause. */
  hurry(): void {
    this.#cutPauseShort();
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stopping;
    let pauseMs = pauseLeastMs;
    while (!signal.aborted) {
      const wasOpen = await this.#read(signal).catch((error: unknown) => {
        // Without leave there is nothing to come back for; whoever signs in starts a new one.
        if (error instanceof HealerProblem && (error.status === 401 || error.status === 403)) this.stop();
        return false;
      });
      if (signal.aborted) return;
      this.#events.onLost();
      pauseMs = wasOpen ? pauseLeastMs : Math.min(pauseMs * 2, pauseMostMs);
      await this.#pause(pauseMs * (0.5 + Math.random() / 2));
    }
  }

  /** Resolves with true when a stream that was open has ended. */
  async #read(stopping: AbortSignal): Promise<boolean> {
    const silence = new AbortController();
    let timer = setTimeout(() => silence.abort(), connectMs);
    const heard = () => {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), silenceMs);
    };
    let isOpen = false;
    try {
      const response = await send('/v1/log/stream', {
        signal: AbortSignal.any([stopping, silence.signal]),
        timeout: false,
        headers: this.#lastId === null ? {} : { 'last-event-id': this.#lastId },
      });
      isOpen = true;
      heard();
      this.#events.onOpen();
      const parser = createParser({ onEvent: ({ id, data }) => this.#take(id, data) });
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const chunk = await reader?.read();
        if (chunk === undefined || chunk.done) return true;
        heard();
        parser.feed(chunk.value);
      }
    } catch (error) {
      if (isOpen) return true;
      throw error;
    } finally {
      clearTimeout(timer);
      silence.abort();
    }
  }

  #take(id: string | undefined, data: string): void {
    if (id !== undefined) this.#lastId = id;
    const entry = fieldsOf(JSON.parse(data), 'log entry');
    if (typeof entry['sequence'] === 'number') this.#events.onEntry(entry as unknown as LogEntry);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#cutPauseShort = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
