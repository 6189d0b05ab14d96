import type { Fence } from '@prunella/protocol';
import type { FleetAlarm, Standing } from '../decide/input.ts';
import type { Effect } from '../playbook/playbook.ts';

/** Permits, locks, budgets, kill switch; serialisable as JSON. Opaque to the engine. */
export interface FleetState {
  readonly version: 1;
  readonly authority: string;
  readonly generation: number;
  /** The number of the newest fence given out; only grows. */
  readonly fenceNumber: number;
  readonly paused: { readonly by: string; readonly reason: string; readonly at: number } | null;
  /** One for each attempt that holds targets. */
  readonly leases: readonly Lease[];
  /** Attempts that are held for a lock, the first to ask first, at most 1,000. None: left out. */
  readonly waiting?: readonly Waiting[];
  /** Attempts whose permit was used, of the last day. */
  readonly starts: readonly Start[];
  /** Resources that are not well in every way, by name. None: left out. */
  readonly standings?: Readonly<Record<string, Standing>>;
  /** How many resources the healer watches; left out before it was told. */
  readonly resources?: number;
  /** Incidents opened lately, the newest last, at most 100. */
  readonly openings?: readonly { readonly incident: string; readonly at: number }[];
  /** What every resource's machine was told. */
  readonly storm?: FleetAlarm | null;
  readonly isolation?: FleetAlarm | null;
}

/** An all-or-nothing lock on the targets of one attempt. */
export interface Lease {
  readonly attempt: string;
  readonly resource: string;
  readonly effect: Effect;
  readonly targets: readonly string[];
  readonly permit: string;
  readonly fence: Fence;
  readonly grantedAt: number;
  readonly expiresAt: number;
  readonly domains?: readonly string[];
  /** A used one ends by release only. */
  readonly used: boolean;
}

export interface Waiting {
  readonly attempt: string;
  readonly resource: string;
  readonly targets: readonly string[];
}

export interface Start {
  readonly attempt: string;
  readonly resource: string;
  readonly effect: Effect;
  readonly at: number;
  readonly targets?: readonly string[];
  /** When its verdict was given; left out while it runs. */
  readonly endedAt?: number;
}
