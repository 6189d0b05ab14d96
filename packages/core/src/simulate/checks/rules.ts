import type { Run } from '../record.ts';
import { loadBelieved, maintenanceKept, othersWorkAlone, upstreamFirst, windowsKept } from './around.ts';
import { closedWhenVerified, complainersAsked, effectiveMeansWell } from './closing.ts';
import {
  freshEvidence,
  loadAndStartsWaited,
  missedDeadlinesAlone,
  onlyFailingNodes,
  probeAgrees,
  quorumStands,
  silentTargetHeld,
} from './evidence.ts';
import { fencesGrow, onceWhereFenced } from './fences.ts';
import { fewAtOnce, ownSightDoubted, stormWaited } from './fleet.ts';
import { inTime, intentBeforeAct, locksGivenBack, nothingToNobody, oneInFlight } from './flight.ts';
import { healthyLeftAlone, someServeOn } from './healthy.ts';
import {
  afterKept,
  everyKept,
  ladderOrder,
  refusedStaysRefused,
  runsCounted,
  turnsTakenSlowly,
  unprovenStops,
} from './ladder.ts';
import { ledgerSums, triggersLogged } from './ledger.ts';
import { blastRadiusKept, budgetKept, graceKept } from './limits.ts';
import { attemptEnds, attemptGoesOn, healedCloses, nextStepRuns, outageOpens } from './liveness.ts';
import { confirmedFirst, oneIncident, openedAfter } from './opening.ts';
import {
  approvedFirst,
  deniedMeansDenied,
  ownRepairsSettle,
  pausedMeansPaused,
  personIsTold,
  shadowOnlySays,
} from './people.ts';
import type { Breach, Rule } from './rule.ts';
import { tellStory } from './story.ts';

/** What every run is held to. None of them knows how a decision is made. */
export const rules: readonly Rule[] = [
  pausedMeansPaused,
  approvedFirst,
  deniedMeansDenied,
  shadowOnlySays,
  maintenanceKept,
  windowsKept,
  othersWorkAlone,
  upstreamFirst,
  stormWaited,
  ownSightDoubted,
  ownRepairsSettle,
  loadBelieved,
  fewAtOnce,
  oneInFlight,
  intentBeforeAct,
  nothingToNobody,
  locksGivenBack,
  inTime,
  freshEvidence,
  onlyFailingNodes,
  quorumStands,
  probeAgrees,
  loadAndStartsWaited,
  missedDeadlinesAlone,
  silentTargetHeld,
  healthyLeftAlone,
  someServeOn,
  blastRadiusKept,
  budgetKept,
  graceKept,
  ladderOrder,
  everyKept,
  afterKept,
  runsCounted,
  refusedStaysRefused,
  unprovenStops,
  turnsTakenSlowly,
  confirmedFirst,
  openedAfter,
  oneIncident,
  effectiveMeansWell,
  complainersAsked,
  closedWhenVerified,
  fencesGrow,
  onceWhereFenced,
  triggersLogged,
  ledgerSums,
  personIsTold,
  outageOpens,
  attemptEnds,
  attemptGoesOn,
  nextStepRuns,
  healedCloses,
];

export interface BrokenRule extends Breach {
  readonly rule: string;
}

export function brokenRules(run: Run): readonly BrokenRule[] {
  const story = tellStory(run);
  return rules.flatMap((rule) => rule.check(run, story).map((breach) => ({ rule: rule.name, ...breach })));
}
