import type { CohortSummary, ObservationSummary } from '@prunella/protocol';
import { settlesAt } from './board.ts';
import { countedMembers, goneWithoutSuccessor, okSinceMark } from './cohort.ts';
import { popInstant } from './heap.ts';
import { shareOf } from './share.ts';
import { firstNames } from './sorted-names.ts';
import type { Board, Cohort, ObserveState } from './state.ts';
import { witnessesTold } from './witnesses.ts';

export function summarise(state: ObserveState, board: Board): ObservationSummary {
  const summary: ObservationSummary = {
    resource: board.resource,
    observers: board.observers,
    conditions: { ...board.conditions },
    sickByKind: { ...board.sickByKind },
    hosts: {
      observing: firstNames(board.hostsObserving),
      sick: firstNames(board.hostsSick),
    },
    services: {
      observing: firstNames(board.servicesObserving),
      sick: firstNames(board.servicesSick),
    },
    earliestFaultAt: earliestFault(state, board),
    newestReportAt: board.newestReportAt,
    settled: board.settled,
    settlesAt: board.settled ? null : settlesAt(state, board),
    cohort: board.cohort === null ? null : summariseCohort(board.cohort),
    cacheOnly: board.cacheOnly,
    silent: board.silent,
    newestFault: board.newestFault,
  };
  return board.witnesses === null ? summary : { ...summary, witnesses: witnessesTold(board.witnesses) };
}

function summariseCohort(cohort: Cohort): CohortSummary {
  return {
    incident: cohort.incident,
    total: countedMembers(cohort),
    sick: cohort.sick,
    okSinceMark: okSinceMark(cohort),
    gone: goneWithoutSuccessor(cohort),
    markAt: cohort.markAt,
    ids: [...cohort.ids],
  };
}

function earliestFault(state: ObserveState, board: Board): number | null {
  for (;;) {
    const first = board.faults[0];
    if (first === undefined) return null;
    const instance = state.instances[first.instance];
    const valid = instance !== undefined && shareOf(instance, board.resource)?.firstFaultAt === first.at;
    if (valid) return first.at;
    popInstant(board.faults);
  }
}
