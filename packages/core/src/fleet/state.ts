import type { FleetAlarm } from '../decide/input.ts';
import type { Leases, Openings, Standings, Starts, WaitingOnes } from './tables.ts';

/** Permits, locks, budgets, kill switch; serialisable as JSON (`fleetStateFrom` reads it). Opaque to the engine. */
export interface FleetState {
  readonly version: 1;
  readonly authority: string;
  readonly generation: number;
  /** The number of the newest fence given out; only grows. */
  readonly fenceNumber: number;
  readonly paused: { readonly by: string; readonly reason: string; readonly at: number } | null;
  /** One for each attempt that holds targets. */
  readonly leases: Leases;
  /** Attempts that are held for a lock, the first to ask first, at most 1,000. None: left out. */
  readonly waiting?: WaitingOnes;
  /** Attempts whose permit was used, of the last day. */
  readonly starts: Starts;
  /** Resources that are not well in every way, by name. None: left out. */
  readonly standings?: Standings;
  /** How many resources the healer watches; left out before it was told. */
  readonly resources?: number;
  /** Incidents opened lately, the newest last, at most 100. */
  readonly openings?: Openings;
  /** What every resource's machine was told. */
  readonly storm?: FleetAlarm | null;
  readonly isolation?: FleetAlarm | null;
}
