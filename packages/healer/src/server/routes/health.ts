import type { FastifyInstance } from 'fastify';
import type { Ledger } from '../../engine/ledger.ts';
import { RequestProblem } from '../problem.ts';

/** What a healer says of itself at `/v1/healer`. */
export interface HealerFacts {
  readonly version: string;
  readonly pid: number;
  /** Ms since the Unix epoch. */
  readonly startedAt: number;
  /** What became of everything that could have led to an attempt. */
  readonly ledger: Ledger;
}

/** `/livez` and `/readyz`, for supervisors: without a token, and without a word about the inside. */
export function healthRoutes(app: FastifyInstance, isReady: () => boolean): void {
  app.get('/livez', async () => ({ live: true }));

  app.get('/readyz', async () => {
    if (!isReady()) throw new RequestProblem('not-ready', 'the healer is starting or stopping');
    return { ready: true };
  });
}
