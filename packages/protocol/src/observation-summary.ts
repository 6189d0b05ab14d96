import type { Condition } from './condition.ts';
import type { FaultKind } from './fault-kind.ts';

/** How many ids a summary carries of each kind; counts go on beyond it. */
export const summaryIdLimit = 256;

/** How many instances a summary, and so the log of an incident, tells of by name. */
export const witnessLimit = 20;

/**
 * All instances' view of one resource, and the only thing that `decide` sees of them. Summaries of disjoint
 * sets of instances merge: counts add up, sets of ids unite (the 256 first in code unit order are kept, which
 * keeps merging associative and commutative). Times are the healer's, in ms since the Unix epoch.
 */
export interface ObservationSummary {
  readonly resource: string;
  /** Instances heard of within 10 minutes that did not say goodbye. */
  readonly observers: number;
  /** Observers by condition; silence past the time to live counts as `unknown`. Adds up to `observers`. */
  readonly conditions: Readonly<Record<Condition, number>>;
  /** Sick observers by the kind of their newest fault. */
  readonly sickByKind: Readonly<Partial<Record<FaultKind, number>>>;
  /** Names of hosts with at least one observer, and with at least one sick observer. Sorted, bounded. */
  readonly hosts: { readonly observing: readonly string[]; readonly sick: readonly string[] };
  /** Names of services with at least one observer, and with at least one sick observer. Sorted, bounded. */
  readonly services: { readonly observing: readonly string[]; readonly sick: readonly string[] };
  /** The earliest first fault among the sick, by the healer's clock. Null where nobody is sick. */
  readonly earliestFaultAt: number | null;
  /** The newest receipt of a report, by the healer's clock. Null where there is no observer. */
  readonly newestReportAt: number | null;
  /** Observers heard of at least twice over a whole ok-heartbeat: before that no share is trusted. */
  readonly settled: boolean;
  /** While it is not settled: when it is expected to be, ms since the Unix epoch. Null where it is settled. */
  readonly settlesAt?: number | null;
  /** The instances that were not ok in the present incident; null where no cohort is being followed. */
  readonly cohort: CohortSummary | null;
  /** Observers that answer reads from cache now. */
  readonly cacheOnly?: number;
  /** Observers silent past their time to live; they are among the `unknown`. */
  readonly silent?: number;
  /** The newest fault that any observer told, for a person, and when it was first told. */
  readonly newestFault?: { readonly at: number; readonly kind: FaultKind; readonly text: string } | null;
  /**
   * What some of the observers see, by name: for the log alone, no decision looks at it. At most `witnessLimit`, and
   * left out where nobody asked for them.
   */
  readonly witnesses?: readonly Witness[];
}

/**
 * Silent past its time to live, and gone: it said goodbye, observes the resource no more, or was silent for so long
 * that it is forgotten.
 */
export type WitnessCondition = Condition | 'silent' | 'left';

/** An instance whose view of a resource is told by name. */
export interface Witness {
  readonly instance: string;
  readonly service: string;
  /** Null where it did not say on which host it runs. */
  readonly host: string | null;
  readonly condition: WitnessCondition;
  /** Of its newest fault; null where it is not sick. */
  readonly kind: FaultKind | null;
  /** Since when, by the healer's clock, ms since the Unix epoch. */
  readonly since: number;
}

export interface CohortSummary {
  readonly incident: string;
  /**
   * Members whose word counts: all that are heard, and those that left where nobody of their service that
   * complained is heard, or nobody of it is ok.
   */
  readonly total: number;
  readonly sick: number;
  /** Members (or successors of the same service for those gone) `ok` by a call begun after the mark. */
  readonly okSinceMark: number;
  /** Members silent or gone with no successor that succeeded. */
  readonly gone: number;
  /** The end of the action under verification, by the healer's clock; null before the first. */
  readonly markAt: number | null;
  /** Sorted, bounded. */
  readonly ids: readonly string[];
}
