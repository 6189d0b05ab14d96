import type { FastifyReply, FastifyRequest } from 'fastify';
import { RequestProblem } from './problem.ts';

export interface IntakeLimits {
  /** Requests with a body at one moment, from their headers to their answer. Default 1,000. */
  readonly requests: number;
  /** Bytes of their bodies together, by what they announce. Default 67,108,864. */
  readonly bytes: number;
}

export const defaultIntakeLimits: IntakeLimits = { requests: 1_000, bytes: 67_108_864 };

const retryAfterS = 1;

/**
 * Bounds what is taken in at one moment, before a byte of it is read: beyond, a sender is told to come again. A
 * report that was turned away is mended by the next one; a signal was not acknowledged.
 */
export class IntakeGate {
  readonly #limits: IntakeLimits;
  readonly #bodyLimitBytes: number;
  #requests = 0;
  #bytes = 0;

  constructor(limits: IntakeLimits, bodyLimitBytes: number) {
    this.#limits = limits;
    this.#bodyLimitBytes = bodyLimitBytes;
  }

  /** Throws `overloaded` where there is no room. */
  enter(request: FastifyRequest, reply: FastifyReply): void {
    const bytes = this.#announced(request);
    const { requests, bytes: mostBytes } = this.#limits;
    if (this.#requests >= requests || this.#bytes + bytes > mostBytes) {
      throw new RequestProblem(
        'overloaded',
        `${this.#requests} requests with ${this.#bytes} bytes are being taken in, and ${requests} with ${mostBytes} are the most: send it again in ${retryAfterS} s`,
        { retryAfterS },
      );
    }
    this.#requests += 1;
    this.#bytes += bytes;
    reply.raw.on('close', () => {
      this.#requests -= 1;
      this.#bytes -= bytes;
    });
  }

  /** A body of unknown length counts as the longest; none is longer. */
  #announced({ headers }: FastifyRequest): number {
    const length = Number(headers['content-length'] ?? Number.NaN);
    if (Number.isSafeInteger(length)) return Math.min(length, this.#bodyLimitBytes);
    return headers['transfer-encoding'] === undefined ? 0 : this.#bodyLimitBytes;
  }
}
