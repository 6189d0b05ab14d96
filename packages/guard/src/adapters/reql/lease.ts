import type { Lease } from '../../adapter.ts';
import { callEnded } from '../adapter-error.ts';

/**
 * Starts a query for a call, after `ready` where that is given; refuses, with an `AdapterError`, where the call has
 * ended.
 */
export type Track = <Result>(start: () => PromiseLike<Result>, ready?: Promise<void>) => Promise<Result>;

/**
 * One call over connections that all calls share. Nothing waits for a free one, and a query that is late does not
 * keep its connection; the drivers have no way to stop it.
 */
export class ReqlLease<Handle> implements Lease<Handle> {
  readonly handle: Handle;
  #running = 0;
  #sent = false;
  #state: 'running' | 'abandoned' | 'ended' = 'running';
  #waitedForNothing = false;

  constructor(handleOf: (track: Track) => Handle) {
    this.handle = handleOf((start, ready) => this.#track(start, ready));
  }

  abandon(): void {
    if (this.#state !== 'running') return;
    this.#waitedForNothing = this.waitsForOwnPool();
    this.#state = 'abandoned';
  }

  waitsForOwnPool(): boolean {
    return this.#state === 'abandoned' ? this.#waitedForNothing : this.#running === 0;
  }

  mayHaveSent(): boolean {
    return this.#sent;
  }

  end(): void {
    if (this.#state === 'running') this.#state = 'ended';
  }

  async #track<Result>(start: () => PromiseLike<Result>, ready?: Promise<void>): Promise<Result> {
    this.#refuseAfterEnd();
    this.#running += 1;
    let isOver = true;
    try {
      if (ready !== undefined) {
        await ready;
        this.#refuseAfterEnd();
      }
      const started = start();
      this.#sent = true;
      const result = await started;
      isOver = !isCursor(result);
      return result;
    } finally {
      if (isOver) this.#running -= 1;
    }
  }

  #refuseAfterEnd(): void {
    if (this.#state !== 'running') throw callEnded(this.#state === 'abandoned');
  }
}

/** The server may still owe rows of it. */
function isCursor(result: unknown): boolean {
  const has = (method: string) => typeof Reflect.get(Object(result), method) === 'function';
  return !Array.isArray(result) && has('next') && has('close');
}
