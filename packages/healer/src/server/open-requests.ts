import type { FastifyReply, FastifyRequest } from 'fastify';
import { RequestProblem } from './problem.ts';

/** Why what was held open is aborted where the client is still there. */
export const serverCloses = 'the healer stops';

/** Requests that wait (long polls, streams): bounded in number, and ended when the server closes. */
export class OpenRequests {
  readonly #limit: number;
  readonly #open = new Map<AbortController, FastifyRequest>();
  #closed = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Aborted when the client goes or the server closes. Throws `too-many-open` beyond the limit. */
  hold(reply: FastifyReply): AbortSignal {
    if (this.#open.size >= this.#limit) {
      reply.header('retry-after', '5');
      throw new RequestProblem(
        'too-many-open',
        `this healer holds ${this.#limit} requests open at most, and all are taken: ask again in 5 s`,
      );
    }
    const controller = new AbortController();
    this.#open.set(controller, reply.request);
    reply.raw.once('close', () => {
      this.#open.delete(controller);
      controller.abort();
    });
    if (this.#closed) controller.abort(serverCloses);
    return controller.signal;
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
