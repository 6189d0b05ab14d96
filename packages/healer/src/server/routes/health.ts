import type { FastifyInstance } from 'fastify';
import type { Ledger } from '../../engine/ledger.ts';
import { RequestProblem } from '../problem.ts';

/** What a healer says of itself at `/v1/healer`. */
export interface HealerFacts {
  readonly version: string;
  readonly pid: number;
  /** Ms since the Unix epoch. */
  readonly startedAt: number;
  readonly configuration: ConfigurationStanding;
  /** What became of everything that could have led to an attempt. */
  readonly ledger: Ledger;
}

/** Which configuration and playbooks are in force. */
export interface ConfigurationStanding {
  /** Since when they are, ms since the Unix epoch. */
  readonly since: number;
  /** A newer one that cannot be used; the former is in force then. Null where there is none. */
  readonly refused: {
    readonly at: number;
    readonly code: string;
    /** All that is wrong, with file, line and column. */
    readonly reason: string;
  } | null;
}

/** `/livez` and `/readyz`, for supervisors: without a token, and without a word about the inside. */
export function healthRoutes(app: FastifyInstance, isReady: () => boolean): void {
  app.get('/livez', async () => ({ live: true }));

  app.get('/readyz', async () => {
    if (!isReady()) throw new RequestProblem('not-ready', 'the healer is starting or stopping');
    return { ready: true };
  });
}
