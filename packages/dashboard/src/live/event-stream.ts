import { batch } from '@preact/signals';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { HealerProblem } from '../api/problem.ts';
import { send } from '../api/request.ts';

/** The healer writes a comment every 15 s: two of them missing, and nobody is there any more. */
const silenceMs = 35_000;
const connectMs = 10_000;
const pauseLeastMs = 500;
const pauseMostMs = 15_000;

export interface EventStreamListener {
  /** Anything arrived, be it a sign of life. */
  readonly onHeard: () => void;
  readonly onEvent: (type: string, data: unknown) => void;
  /** Told at each try that failed and at each end of an open stream. */
  readonly onLost: () => void;
}

/**
 * Follows `/v1/stream` and comes back after each loss by `Last-Event-ID`. Not the browser's `EventSource`: that
 * one hides the healer's signs of life, so a connection that silently died would be shown as live.
 */
export class EventStream {
  readonly #listener: EventStreamListener;
  readonly #stopping = new AbortController();
  #lastId: string | null = null;
  #cutPauseShort: () => void = () => {};
  #dropPresent: () => void = () => {};

  constructor(listener: EventStreamListener) {
    this.#listener = listener;
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

  /** The network is said to be gone: do not wait for silence to prove it. */
  drop(): void {
    this.#dropPresent();
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
      this.#listener.onLost();
      pauseMs = wasOpen ? pauseLeastMs : Math.min(pauseMs * 2, pauseMostMs);
      await this.#pause(pauseMs * (0.5 + Math.random() / 2));
    }
  }

  /** Resolves with true when a stream that was open has ended. */
  async #read(stopping: AbortSignal): Promise<boolean> {
    const silence = new AbortController();
    this.#dropPresent = () => silence.abort();
    let timer = setTimeout(() => silence.abort(), connectMs);
    const heard = () => {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), silenceMs);
      this.#listener.onHeard();
    };
    let isOpen = false;
    try {
      const response = await send('/v1/stream', {
        signal: AbortSignal.any([stopping, silence.signal]),
        timeout: false,
        headers: this.#lastId === null ? {} : { 'last-event-id': this.#lastId },
      });
      isOpen = true;
      heard();
      const parser = createParser({ onEvent: (event) => this.#take(event) });
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const chunk = await reader?.read();
        if (chunk === undefined || chunk.done) return true;
        heard();
        // What comes together is shown together.
        batch(() => parser.feed(chunk.value));
      }
    } catch (error) {
      if (isOpen) return true;
      throw error;
    } finally {
      clearTimeout(timer);
      silence.abort();
    }
  }

  #take({ event, id, data }: EventSourceMessage): void {
    if (id !== undefined) this.#lastId = id;
    if (event !== undefined) this.#listener.onEvent(event, JSON.parse(data));
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
