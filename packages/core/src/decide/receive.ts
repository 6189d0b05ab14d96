import type { ObservationSummary } from '@prunella/protocol';
import { receiveAround } from './around.ts';
import { receiveDispatched, receiveResult } from './flight.ts';
import type { FleetFacts, ResourceInput } from './input.ts';
import { receiveCommand } from './operator.ts';
import { forgetRemovedNodes, probeVerdict, receiveProbe } from './probing.ts';
import { receivePermit, receiveUnlocked } from './recheck.ts';
import { tellOfPassingProbe } from './recover.ts';
import { receiveTargets } from './resolve.ts';
import { receiveStart } from './restart.ts';
import { receiveSignal } from './signals.ts';
import { change, changeAttempt, openIncident, presentAttempt, type Turn } from './turn.ts';
import { receiveWitnesses, tellWitnesses } from './witnesses.ts';

/** Takes an input in: facts and the log first. What follows from them is decided afterwards. */
export function receive(turn: Turn, input: ResourceInput): void {
  switch (input.type) {
    case 'summary':
      receiveSummary(turn, input.summary);
      return;
    case 'probe': {
      const passedBefore = probeVerdict(turn.state) === 'passes';
      receiveProbe(turn, input.result);
      tellOfPassingProbe(turn, passedBefore);
      return;
    }
    case 'signal':
      receiveSignal(turn, input.signal);
      return;
    case 'operator':
      receiveCommand(turn, input.command);
      return;
    case 'targets':
      receiveTargets(turn, input.attempt, input.resolution);
      return;
    case 'permit':
      receivePermit(turn, input.attempt, input.decision);
      return;
    case 'dispatched':
      receiveDispatched(turn, input.attempt, input.reference);
      return;
    case 'result':
      receiveResult(turn, input.attempt, input.result);
      return;
    case 'healer-started':
      receiveStart(turn);
      return;
    case 'fleet':
      receiveFleet(turn, input.fleet);
      return;
    case 'unlocked':
      receiveUnlocked(turn, input.attempt);
      return;
    case 'acting':
    case 'load':
    case 'upstream':
    case 'lineage':
    case 'harm':
      receiveAround(turn, input);
      return;
    case 'tick':
      forgetRemovedNodes(turn);
      return;
  }
}

function receiveSummary(turn: Turn, summary: ObservationSummary): void {
  if (summary.resource !== turn.state.resource) return;
  const before = turn.state.summary;
  const counts = receiveWitnesses(turn, summary);
  change(turn, { summary: counts });
  if (before === null || !sameCounts(before, counts)) {
    turn.events.push({
      type: 'summary-changed',
      observers: counts.observers,
      conditions: counts.conditions,
      sickByKind: counts.sickByKind,
      sickHosts: counts.hosts.sick.length,
      earliestFaultAt: counts.earliestFaultAt,
    });
  }
  tellWitnesses(turn);
}

function sameCounts(left: ObservationSummary, right: ObservationSummary): boolean {
  return (
    left.observers === right.observers &&
    left.conditions.ok === right.conditions.ok &&
    left.conditions.degraded === right.conditions.degraded &&
    left.conditions.down === right.conditions.down &&
    left.conditions.unknown === right.conditions.unknown &&
    left.hosts.sick.length === right.hosts.sick.length &&
    sameKinds(left.sickByKind, right.sickByKind)
  );
}

function sameKinds(left: ObservationSummary['sickByKind'], right: ObservationSummary['sickByKind']): boolean {
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  const counts = (kinds: ObservationSummary['sickByKind']) => new Map<string, number>(Object.entries(kinds));
  const leftCounts = counts(left);
  const rightCounts = counts(right);
  return [...names].every((name) => (leftCounts.get(name) ?? 0) === (rightCounts.get(name) ?? 0));
}

/** The kill switch: nothing is granted any more; what runs is cancelled where that is possible. */
function receiveFleet(turn: Turn, fleet: FleetFacts): void {
  const before = turn.state.fleet.paused;
  const { paused } = fleet;
  change(turn, { fleet });
  // The engine logs it once for all; here it belongs into the story of what is going on.
  const concerns = openIncident(turn.state) !== null || turn.state.suspicion !== null;
  if (concerns && (before === null) !== (paused === null)) {
    const by = paused?.by ?? fleet.resumedBy ?? 'unknown';
    const reason = paused?.reason ?? 'resumed';
    turn.events.push({ type: 'kill-switch', paused: paused !== null, by, reason });
  }
  const attempt = presentAttempt(turn.state);
  if (paused === null || attempt?.phase !== 'in-flight' || attempt.cancelled) return;
  changeAttempt(turn, { cancelled: true });
  turn.commands.push({ type: 'cancel', resource: turn.state.resource, attempt: attempt.id });
}
