import type { Condition, FaultKind, Witness } from '@prunella/protocol';
import type { Heap } from './heap.ts';
import type { SortedNames } from './sorted-names.ts';

/** The instances of a board that are told of by name, at most `witnessLimit`. */
export interface Witnesses {
  /** They are let go then; null: not before they are told to be. */
  readonly until: number | null;
  /** What was seen of each last; null for one that is known by name only, as after a restart. */
  readonly named: Record<string, Witness | null>;
  count: number;
  /** What summaries carry, made anew only after a change; null before. A list that was handed out is never changed. */
  told: readonly Witness[] | null;
}

/**
 * Who was heard of, when, with what. Opaque to the engine, which keeps it in memory only: after a restart the
 * evidence returns with the reports. Plain JSON; changed in place by `observe`, which owns it.
 */
export interface ObserveState {
  readonly version: 1;
  readonly okHeartbeatMs: number;
  readonly forgetAfterMs: number;
  readonly instanceLimit: number;
  readonly instances: Record<string, Instance>;
  instanceCount: number;
  readonly boards: Record<string, Board>;
  boardCount: number;
  readonly boardLimit: number;
  /** Declared resources, which have a board beyond the limit, too. */
  readonly declared: Record<string, true>;
  /** Of resources that have no board: whom to follow by name as soon as they have one. */
  readonly awaited: Record<string, Witnesses>;
  /** One valid entry for each instance: when its silence is to be looked at. */
  readonly timers: Heap;
  /** One valid entry for each board: when it is to be settled, or forgotten. */
  readonly boardTimers: Heap<{ readonly at: number; readonly resource: string }>;
}

export interface Instance {
  readonly id: string;
  readonly service: string;
  readonly host: string | null;
  epoch: string;
  sequence: number;
  /** Epochs that were replaced, the newest last, with the highest sequence each was heard with. */
  readonly replaced: { readonly epoch: string; sequence: number; heardAgain: number }[];
  receivedAt: number;
  silentAt: number;
  timerAt: number;
  silent: boolean;
  left: boolean;
  /** One for each resource that it observes, in the order in which it told them last. */
  views: View[];
}

/**
 * What one instance last said of one resource, dated by the healer's clock; `never` where it has not been. Changed in
 * place: a heartbeat leaves nothing new behind that the garbage collector would have to move and keep.
 */
export interface View {
  readonly resource: string;
  condition: Condition;
  /** Since when the condition has been this, as the instance said. */
  sinceAt: number;
  kind: FaultKind | null;
  firstFaultAt: number;
  lastOkAt: number;
  lastSuccessAt: number;
  successes: number;
  cacheOnly: boolean;
  /** When the newest value was fresh that it answers from its cache. */
  cachedAt: number;
}

/** All instances' view of one resource, kept up to date report by report. */
export interface Board {
  readonly resource: string;
  readonly firstHeardAt: number;
  observers: number;
  cacheOnly: number;
  silent: number;
  readonly conditions: Record<Condition, number>;
  readonly sickByKind: Partial<Record<FaultKind, number>>;
  readonly hostsObserving: SortedNames;
  readonly hostsSick: SortedNames;
  readonly servicesObserving: SortedNames;
  readonly servicesSick: SortedNames;
  readonly faults: Heap;
  newestReportAt: number | null;
  newestFault: { readonly at: number; readonly kind: FaultKind; readonly text: string } | null;
  /** The longest heartbeat that came with an `ok`; null where nobody was ok yet. */
  okHeartbeatMs: number | null;
  settled: boolean;
  timerAt: number;
  /** Receipt time that the newest summary handed out carried. */
  toldReportAt: number | null;
  cohort: Cohort | null;
  /** Null while nobody is followed by name. */
  witnesses: Witnesses | null;
}

export interface Cohort {
  readonly incident: string;
  readonly beganAt: number;
  markAt: number | null;
  /** Member id to its service. */
  readonly members: Record<string, string>;
  readonly ids: string[];
  total: number;
  sick: number;
  okMembers: number;
  readonly services: Record<string, CohortService>;
}

export interface CohortService {
  /** Members that are heard. */
  here: number;
  /** Members silent or gone. */
  gone: number;
  /** Instances, members or not, that are ok by a call begun since the mark. */
  okInstances: number;
}
