import type { Lease } from '../../adapter.ts';
import { callEnded } from '../adapter-error.ts';
import { PendingAnswers } from '../pending-answers.ts';

/**
 * Starts a query for a call, after `ready` where that is given; refuses, with an `AdapterError`, where the call has
 * ended.
 */
export type Track = <Result>(start: () => PromiseLike<Result>, ready?: Promise<void>) => Promise<Result>;

/**
 * One call over connections that all calls share. Nothing waits for a free one, and a query that is late does not
 * keep its connection; the drivers have no way to stop it. Rows that nobody waits for any more can be stopped: a
 * feed would go on at the server as long as the connection stands.
 */
export class ReqlLease<Handle> implements Lease<Handle> {
  readonly handle: Handle;
  #running = 0;
  #sent = false;
  #state: 'running' | 'abandoned' | 'ended' = 'running';
  #waitedForNothing = false;
  #cursors: Cursor[] = [];
  readonly #answers = new PendingAnswers();

  constructor(handleOf: (track: Track) => Handle) {
    this.handle = handleOf((start, ready) => this.#answers.follow(() => this.#track(start, ready)));
  }

  abandon(): void {
    if (this.#state !== 'running') return;
    this.#waitedForNothing = this.waitsForOwnPool();
    this.#state = 'abandoned';
    this.#answers.abandon();
    for (const cursor of this.#cursors) close(cursor);
    this.#cursors = [];
  }

  waitsForOwnPool(): boolean {
    return this.#state === 'abandoned' ? this.#waitedForNothing : this.#running === 0;
  }

  mayHaveSent(): boolean {
    return this.#sent;
  }

  end(): void {
    if (this.#state === 'running') this.#state = 'ended';
    this.#cursors = [];
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
      if (isCursor(result)) {
        isOver = false;
        this.#keep(result);
      }
      return result;
    } finally {
      if (isOver) this.#running -= 1;
    }
  }

  #keep(cursor: Cursor): void {
    if (this.#state !== 'running') {
      close(cursor);
      return;
    }
    this.#cursors.push(cursor);
    // Which ones are read to their end the drivers do not say, and a call may last for days.
    if (this.#cursors.length > cursorsAtMost) this.#cursors.shift();
  }

  #refuseAfterEnd(): void {
    if (this.#state !== 'running') throw callEnded(this.#state === 'abandoned');
  }
}

const cursorsAtMost = 100;

interface Cursor {
  close(): unknown;
}

/** The server may still owe rows of it. */
function isCursor(result: unknown): result is Cursor {
  const has = (method: string) => typeof Reflect.get(Object(result), method) === 'function';
  return !Array.isArray(result) && has('next') && has('close');
}

/** How that ends is of no interest: where the connection is lost, so is the cursor. */
async function close(cursor: Cursor): Promise<void> {
  try {
    await cursor.close();
  } catch {
    // Closed already.
  }
}
