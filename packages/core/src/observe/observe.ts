import type { ObservationSummary, Report, ReportRefusal } from '@prunella/protocol';
import type { Command } from '../decide/command.ts';
import { refuseReport } from './accept.ts';
import { followCohort } from './follow.ts';
import { receiveReport } from './receive.ts';
import { passTime } from './silence.ts';
import type { ObserveState } from './state.ts';
import { summarise } from './summarise.ts';
import { followWitnesses } from './witnesses.ts';

export type ObserveInput =
  | { readonly type: 'report'; readonly report: Report }
  | Extract<Command, { type: 'follow-cohort' | 'follow-witnesses' }>
  /** Time has passed: silences are counted. */
  | { readonly type: 'tick' };

export interface Observation {
  readonly state: ObserveState;
  /**
   * The summaries that this input changed. While anybody is sick, or a cohort is followed, also those whose
   * newest report is a second newer than last told, so that evidence is known to be fresh.
   */
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

export const observe: Observe = (state, input, now) => {
  const changed = new Set<string>();
  passTime(state, now, changed);
  let refusal: ReportRefusal | null = null;
  if (input.type === 'report') {
    refusal = refuseReport(state, input.report);
    if (refusal === null) receiveReport(state, input.report, now, changed);
  } else if (input.type === 'follow-cohort') {
    followCohort(state, input, now, changed);
  } else if (input.type === 'follow-witnesses') {
    followWitnesses(state, input, now);
  }
  return { state, changed: summaries(state, changed), refusal };
};

function summaries(state: ObserveState, changed: ReadonlySet<string>): ObservationSummary[] {
  const found: ObservationSummary[] = [];
  for (const resource of changed) {
    const board = state.boards[resource];
    if (board === undefined) continue;
    board.toldReportAt = board.newestReportAt;
    found.push(summarise(state, board));
  }
  return found;
}
