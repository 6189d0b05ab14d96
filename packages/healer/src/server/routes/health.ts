import type { FastifyInstance } from 'fastify';
import { RequestProblem } from '../problem.ts';

/** What a healer says of itself at `/v1/healer`. */
export interface HealerFacts {
  readonly version: string;
  readonly pid: number;
  /** Ms since the Unix epoch. */
  readonly startedAt: number;
  /** The installation: the first part of every fence. */
  readonly authority: string;
  /** What became of everything that could have led to an attempt; null where the engine keeps none. */
  readonly ledger: Ledger | null;
}

/** At all times accepted = executed + suppressed + rejected + expired + pending. */
export interface Ledger {
  readonly accepted: number;
  readonly executed: number;
  readonly suppressed: number;
  readonly rejected: number;
  readonly expired: number;
  readonly pending: number;
}

/** `/livez` and `/readyz`, for supervisors: without a token, and without a word about the inside. */
export function healthRoutes(app: FastifyInstance, isReady: () => boolean): void {
  app.get('/livez', async () => ({ live: true }));

  app.get('/readyz', async () => {
    if (!isReady()) throw new RequestProblem('not-ready', 'the healer is starting or stopping');
    return { ready: true };
  });
}
