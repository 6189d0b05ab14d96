import type { ServerResponse } from 'node:http';
import { serverCloses } from './open-requests.ts';

/** A comment this often keeps proxies from closing a quiet stream, and tells a watcher that we live. */
const keepAliveMs = 15_000;

/** A reader that lets this much wait unread is cut; it comes back with `Last-Event-ID` and has lost nothing. */
const unreadLimitBytes = 1_048_576;

/** One reader of server-sent events. */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #gone: AbortSignal;

  /** Ends by itself when the reader goes or the server closes; `onEnd` is called once. */
  constructor(response: ServerResponse, gone: AbortSignal, title: string, onEnd: () => void) {
    this.#response = response;
    this.#gone = gone;
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      // nginx would gather events otherwise.
      'x-accel-buffering': 'no',
    });
    response.write(`: ${title}\n\n`);
    const timer = setInterval(() => response.write(': alive\n\n'), keepAliveMs);
    timer.unref();
    const end = () => {
      clearInterval(timer);
      onEnd();
      // A comment: whoever follows comes back, and has lost nothing.
      if (gone.reason === serverCloses) response.end(`: ${serverCloses}\n\n`);
      else response.destroy();
    };
    if (gone.aborted) end();
    else gone.addEventListener('abort', end, { once: true });
  }

  get isOver(): boolean {
    return this.#gone.aborted || this.#response.destroyed;
  }

  /**
   * `head`: lines of `id:` and `event:`, each with its end. `data` is JSON already: what many readers are told is
   * written once.
   */
  sendText(head: string, data: string): void {
    this.#response.write(`${head}data: ${data}\n\n`);
    if (this.#response.writableLength > unreadLimitBytes) this.cut();
  }

  cut(): void {
    this.#response.destroy();
  }

  /** Resolves when the reader has taken what was sent, or is gone. */
  drained(): Promise<void> {
    if (!this.#response.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      const settle = () => {
        this.#response.off('drain', settle);
        this.#gone.removeEventListener('abort', settle);
        resolve();
      };
      this.#response.once('drain', settle);
      this.#gone.addEventListener('abort', settle, { once: true });
      // Cut meanwhile: no drain comes any more.
      if (this.isOver) settle();
    });
  }
}
