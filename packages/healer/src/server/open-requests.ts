import type { FastifyReply, FastifyRequest } from 'fastify';
import { RequestProblem } from './problem.ts';
import { whenOver } from './when-over.ts';

/** Why what was held open is aborted where the client is still there. */
export const serverCloses = 'the healer stops';

/** Requests that wait (long polls, streams): bounded in number, and ended when the server closes. */
export class OpenRequests {
  readonly #limit: number;
  readonly #streamLimit: number;
  /** Those that are streams. */
  readonly #streams = new Set<AbortController>();
  readonly #open = new Map<AbortController, FastifyRequest>();
  #closed = false;

  /** `streamLimit`: of those that people read, so that their number leaves room for applications' polls. */
  constructor(limit: number, streamLimit: number) {
    this.#limit = limit;
    this.#streamLimit = streamLimit;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Aborted when the client goes or the server closes. Throws `too-many-open` beyond the limit. */
  hold(reply: FastifyReply): AbortSignal {
    return this.#hold(reply).signal;
  }

  /** The same for a stream, of which there may be fewer. */
  holdStream(reply: FastifyReply): AbortSignal {
    if (this.#streams.size >= this.#streamLimit) {
      throw tooMany(`${this.#streamLimit} streams`);
    }
    const controller = this.#hold(reply);
    if (!controller.signal.aborted) this.#streams.add(controller);
    return controller.signal;
  }

  #hold(reply: FastifyReply): AbortController {
    if (this.#open.size >= this.#limit) throw tooMany(`${this.#limit} requests`);
    const controller = new AbortController();
    this.#open.set(controller, reply.request);
    // At once where it went while something was looked up for it.
    whenOver(reply.raw, () => {
      this.#open.delete(controller);
      this.#streams.delete(controller);
      controller.abort();
    });
    if (this.#closed) controller.abort(serverCloses);
    return controller;
  }

  close(): void {
    this.#closed = true;
    for (const controller of this.#open.keys()) controller.abort(serverCloses);
  }

  /** Cuts those off whose sender may not go on. */
  keep(mayGoOn: (request: FastifyRequest) => boolean): void {
    for (const [controller, request] of this.#open) {
      if (!mayGoOn(request)) controller.abort();
    }
  }
}

function tooMany(what: string): RequestProblem {
  return new RequestProblem(
    'too-many-open',
    `this healer holds ${what} open at most, and all are taken: ask again in 5 s`,
    { retryAfterS: 5 },
  );
}
