import type { Ledger } from '../../engine/ledger.ts';
import type { HeartbeatStanding } from '../../heartbeat/heartbeat.ts';
import type { FateCounts } from '../../sources/source-counts.ts';
import { RequestProblem } from '../problem.ts';
import type { AddRoute, RouteDeclaration } from '../route.ts';

/** What a healer says of itself at `/v1/healer`. */
export interface HealerFacts {
  readonly version: string;
  readonly pid: number;
  /** Where it listens; null where only on its local socket. */
  readonly address: string | null;
  /** Ms since the Unix epoch. */
  readonly startedAt: number;
  readonly configuration: ConfigurationStanding;
  /** What became of what each source and monitor told, since the start. */
  readonly sources: Readonly<Record<string, FateCounts>>;
  readonly health: HealthStanding;
  /** What became of everything that could have led to an attempt. */
  readonly ledger: Ledger;
}

/** Whether it works, found out by working. */
export interface HealthStanding {
  /** It decides, and its store takes writes. */
  readonly healthy: boolean;
  /** The newest cycle in which both was so, ms since the Unix epoch; null before the first. */
  readonly lastHealthyAt: number | null;
  readonly heartbeat: HeartbeatStanding;
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

const live = {
  id: 'isLive',
  method: 'GET',
  path: '/livez',
  summary: 'Whether the process answers',
  role: null,
  answer: { status: 200, shape: 'Liveness', description: 'It does.' },
} as const satisfies RouteDeclaration;

const ready = {
  id: 'isReady',
  method: 'GET',
  path: '/readyz',
  summary: 'Whether the healer decides, and its store takes writes',
  role: null,
  answer: { status: 200, shape: 'Readiness', description: 'It does.' },
  problems: ['not-ready'],
} as const satisfies RouteDeclaration;

const healer = {
  id: 'getHealer',
  method: 'GET',
  path: '/v1/healer',
  summary: 'What the healer says of itself',
  role: 'viewer',
  answer: { status: 200, shape: 'Healer', description: 'Version, configuration in force, ledger.' },
} as const satisfies RouteDeclaration;

/** For supervisors: without a token, and without a word about the inside. */
export function healthRoutes(add: AddRoute, isReady: () => boolean): void {
  add(live, () => ({ live: true }) as const);

  add(ready, () => {
    if (!isReady())
      throw new RequestProblem(
        'not-ready',
        'the healer is starting or stopping, or cannot write to its store',
      );
    return { ready: true } as const;
  });
}

export function healerRoute(add: AddRoute, facts: () => HealerFacts | Promise<HealerFacts>): void {
  add(healer, () => facts());
}
