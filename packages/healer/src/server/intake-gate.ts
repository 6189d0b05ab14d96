import type { FastifyReply, FastifyRequest } from 'fastify';
import { RequestProblem } from './problem.ts';
import { whenOver } from './when-over.ts';

interface Amount {
  /** Requests with a body at one moment, from their headers to their answer. */
  readonly requests: number;
  /** Bytes of their bodies together, by what they announce. */
  readonly bytes: number;
}

/** By default 1,000 requests with 67,108,864 bytes. */
export interface IntakeLimits extends Amount {
  /** Of these, from one address. Default: all of them. */
  readonly perAddress?: Amount;
}

export const defaultIntakeLimits: IntakeLimits = { requests: 1_000, bytes: 67_108_864 };

const retryAfterS = 1;
const nothing: Amount = { requests: 0, bytes: 0 };

/**
 * Bounds what is taken in at one moment, before a byte of it is read: beyond, a sender is told to come again. A
 * report that was turned away is mended by the next one; a signal was not acknowledged.
 */
export class IntakeGate {
  readonly #limits: IntakeLimits;
  readonly #bodyLimitBytes: number;
  readonly #addressOf: (request: FastifyRequest) => string | null;
  #requests = 0;
  #bytes = 0;
  /** Only of those that have a share. */
  readonly #byAddress = new Map<string, Amount>();

  /**
   * `bodyLimitBytes`: where a route has none of its own. `addressOf`: by which `perAddress` counts; null: that has no
   * bound of its own.
   */
  constructor(
    limits: IntakeLimits,
    bodyLimitBytes: number,
    addressOf: (request: FastifyRequest) => string | null = () => null,
  ) {
    this.#limits = limits;
    this.#bodyLimitBytes = bodyLimitBytes;
    this.#addressOf = addressOf;
  }

  /** Throws `overloaded` where there is no room. `bodyLimitBytes`: of the route. */
  enter(request: FastifyRequest, reply: FastifyReply, bodyLimitBytes = this.#bodyLimitBytes): void {
    const bytes = announced(request, bodyLimitBytes);
    const { perAddress } = this.#limits;
    const address = perAddress === undefined ? null : this.#addressOf(request);
    if (perAddress !== undefined && address !== null) {
      requireRoom(this.#byAddress.get(address) ?? nothing, bytes, perAddress, ' from this address');
    }
    requireRoom({ requests: this.#requests, bytes: this.#bytes }, bytes, this.#limits, '');
    this.#count(address, 1, bytes);
    whenOver(reply.raw, () => this.#count(address, -1, -bytes));
  }

  #count(address: string | null, requests: number, bytes: number): void {
    this.#requests += requests;
    this.#bytes += bytes;
    if (address === null) return;
    const before = this.#byAddress.get(address) ?? nothing;
    const now = { requests: before.requests + requests, bytes: before.bytes + bytes };
    if (now.requests === 0) this.#byAddress.delete(address);
    else this.#byAddress.set(address, now);
  }
}

function requireRoom(taken: Amount, bytes: number, most: Amount, whose: string): void {
  if (taken.requests < most.requests && taken.bytes + bytes <= most.bytes) return;
  throw new RequestProblem(
    'overloaded',
    `${taken.requests} requests with ${taken.bytes} bytes are being taken in${whose}, and ${most.requests} with ${most.bytes} are the most: send it again in ${retryAfterS} s`,
    { retryAfterS },
  );
}

/** A body of unknown length counts as the longest; none is longer. */
function announced({ headers }: FastifyRequest, bodyLimitBytes: number): number {
  const length = Number(headers['content-length'] ?? Number.NaN);
  if (Number.isSafeInteger(length)) return Math.min(length, bodyLimitBytes);
  return headers['transfer-encoding'] === undefined ? 0 : bodyLimitBytes;
}
