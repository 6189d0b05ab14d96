import type { Fence } from '@prunella/protocol';
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
  /** Attempts whose permit was used, of the last day. */
  readonly starts: readonly Start[];
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
  /** A used one ends by release only. */
  readonly used: boolean;
}

interface Start {
  readonly attempt: string;
  readonly resource: string;
  readonly effect: Effect;
  readonly at: number;
}
