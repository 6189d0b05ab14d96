import type { Fence } from '@prunella/protocol';
import type { Effect } from '../playbook/playbook.ts';

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

export interface Opening {
  readonly incident: string;
  readonly at: number;
}
