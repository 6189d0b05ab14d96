import type { ObservationSummary, Report, ReportRefusal } from '@prunella/protocol';
import type { Command } from '../decide/command.ts';
import type { ObserveState } from './state.ts';

export type ObserveInput =
  | { readonly type: 'report'; readonly report: Report }
  | Extract<Command, { type: 'follow-cohort' }>
  /** Time has passed: silences are counted. */
  | { readonly type: 'tick' };

export interface Observation {
  readonly state: ObserveState;
  /** The summaries that this input changed. */
  readonly changed: readonly ObservationSummary[];
  /** Why a report was not taken. */
  readonly refusal: ReportRefusal | null;
}

/**
 * The frame of `observe`. Deterministic, without clock or I/O. It owns the state that it is given: the caller
 * passes it on and goes on with the returned one only, which lets one observation cost the same with 10 and
 * with 100,000 instances.
 */
export type Observe = (state: ObserveState, input: ObserveInput, now: number) => Observation;

export const observe: Observe = (state) => ({ state, changed: [], refusal: null });

/** Ids of the cohort's instances that can be told something, and of successors of those that are gone. */
export function cohortInstances(_state: ObserveState, _resource: string): readonly string[] {
  return [];
}

/** Ids of all other observers of the resource. */
export function otherObservers(_state: ObserveState, _resource: string): readonly string[] {
  return [];
}

/** When `observe` wants its next `tick`, ms since the Unix epoch; null where nothing is waited for. */
export function nextObserveAt(_state: ObserveState): number | null {
  return null;
}
