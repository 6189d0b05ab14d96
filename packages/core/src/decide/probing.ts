import type { Playbook } from '../playbook/playbook.ts';
import type { ProbeResult, ResourceFacts } from './input.ts';
import type { Incident, NodeProbe, ResourceState } from './state.ts';
import { change, openIncident, type Turn } from './turn.ts';

/** Evidence directly before a dispatch is no older than one heartbeat of a guard that is not ok. */
export const freshMs = 5_000;
const defaultTimeoutMs = 2_000;
const defaultEveryMs = 5_000;
/** A timer that fires a moment early does not cost a whole further probe. */
const timerTolerance = 0.9;

export function probeEveryMs(playbook: Playbook): number {
  return playbook.open.confirm.by === 'probe' ? playbook.open.confirm.everyMs : defaultEveryMs;
}

export function probeTimeoutMs(playbook: Playbook): number {
  return playbook.open.confirm.by === 'probe' ? playbook.open.confirm.timeoutMs : defaultTimeoutMs;
}

/** Takes a result in. One that began before the newest known of its node says nothing new. */
export function receiveProbe(turn: Turn, result: ProbeResult): void {
  const isDeclared =
    turn.facts.nodes.length === 0
      ? result.node === null
      : isNode(turn.facts, result.node) || result.node === null;
  if (!isDeclared) return;
  const known = turn.state.probes.find((probe) => probe.node === result.node) ?? null;
  // From after now: the clock was set back since. What was counted by the other clock is counted anew.
  const isOfOtherClock = known !== null && Math.max(known.beganAt, known.endedAt) > turn.now;
  const before = isOfOtherClock ? null : known;
  if (before !== null && result.beganAt < before.beganAt) return;
  const probe = result.passed ? passed(before, result) : failed(before, result, probeEveryMs(turn.playbook));
  const others = turn.state.probes.filter((each) => each.node !== result.node);
  change(turn, { probes: [...others, probe] });
  if (known?.passed !== result.passed) {
    const { node, detail } = result;
    turn.events.push({ type: 'probe-changed', node, passed: result.passed, detail });
  }
}

/** What a reload took out of the configuration is probed no more: what it said last would stand for ever. */
export function forgetRemovedNodes(turn: Turn): void {
  const { probes } = turn.state;
  const names = new Set(turn.facts.nodes.map(({ name }) => name));
  const known = probes.filter(({ node }) => node === null || names.has(node));
  if (known.length < probes.length) change(turn, { probes: known });
}

function isNode(facts: ResourceFacts, name: string | null): boolean {
  return facts.nodes.some((node) => node.name === name);
}

function passed(before: NodeProbe | null, result: ProbeResult): NodeProbe {
  return {
    ...seen(result),
    failures: 0,
    countedAt: null,
    passes: before?.passed === true ? before.passes + 1 : 1,
    passingSince: before?.passed === true ? before.passingSince : result.beganAt,
    failingSince: null,
  };
}

/** A failure counts for the confirmation where it is the first, or far enough from the one counted before. */
function failed(before: NodeProbe | null, result: ProbeResult, everyMs: number): NodeProbe {
  const countedAt = before?.countedAt ?? null;
  const counts = countedAt === null || result.beganAt - countedAt >= everyMs * timerTolerance;
  return {
    ...seen(result),
    failures: (before?.failures ?? 0) + (counts ? 1 : 0),
    countedAt: counts ? result.beganAt : countedAt,
    passes: 0,
    passingSince: null,
    failingSince: before?.passed === false ? before.failingSince : result.beganAt,
  };
}

function seen(result: ProbeResult) {
  const { node, passed, detail, beganAt, endedAt } = result;
  return { node, passed, detail, kind: result.kind ?? null, beganAt, endedAt };
}

/** All nodes' probes together. `none`: no probe has answered since the healer's start. */
export function probeVerdict(state: ResourceState): 'passes' | 'fails' | 'none' {
  if (state.probes.length === 0) return 'none';
  return state.probes.every((probe) => probe.passed) ? 'passes' : 'fails';
}

/** Whether enough failed probes in a row confirm the fault now. */
export function isConfirmed(state: ResourceState, playbook: Playbook, now: number): boolean {
  const { confirm } = playbook.open;
  if (confirm.by === 'none') return true;
  const oldest = now - 3 * confirm.everyMs - confirm.timeoutMs;
  return state.probes.some(
    ({ failures, endedAt }) => failures >= confirm.failures && endedAt >= oldest && endedAt <= now,
  );
}

/** The nodes that fail: by their own probe, or named by a signal since which their probe has not passed. */
export function failingNodes(
  state: ResourceState,
  incident: Incident,
  facts: ResourceFacts,
): readonly string[] {
  return facts.nodes
    .map((node) => node.name)
    .filter((name) => {
      const probe = state.probes.find((each) => each.node === name);
      if (probe !== undefined && !probe.passed) return true;
      const named = incident.signalNodes.find((each) => each.node === name);
      return named !== undefined && (probe === undefined || probe.beganAt < named.at);
    });
}

/**
 * Those of them that may be disrupted: they failed as often in a row as it takes to confirm a fault, or a signal
 * has named them since they were last looked at. One missed probe on a slow network is no reason to restart a replica that serves.
 */
export function surelyFailingNodes(
  state: ResourceState,
  incident: Incident,
  facts: ResourceFacts,
  playbook: Playbook,
): readonly string[] {
  const { confirm } = playbook.open;
  const enough = confirm.by === 'probe' ? confirm.failures : 1;
  return failingNodes(state, incident, facts).filter((name) => {
    const probe = state.probes.find((each) => each.node === name);
    if (probe !== undefined && probe.failures >= enough) return true;
    const named = incident.signalNodes.find((each) => each.node === name);
    return named !== undefined && (probe === undefined || probe.beganAt < named.at);
  });
}

/**
 * Whether every known probe is fresh. One that took its whole time is as fresh as can be when it ends: what is
 * stalled would else never be seen freshly. False where none is known.
 */
export function hasFreshProbes(state: ResourceState, playbook: Playbook, now: number): boolean {
  const endedFrom = now - freshMs;
  const beganFrom = endedFrom - probeTimeoutMs(playbook);
  const isFresh = (probe: NodeProbe) =>
    probe.endedAt >= endedFrom && probe.endedAt <= now && probe.beganAt >= beganFrom;
  return state.probes.length > 0 && state.probes.every(isFresh);
}

/** Asks for the next probes where the present state wants them, at the playbook's pace. */
export function keepProbing(turn: Turn): void {
  const purpose = purposeOf(turn.state);
  if (purpose === null) return;
  const everyMs = probeEveryMs(turn.playbook);
  const { now } = turn;
  // What lies after now is of a clock that was set back since.
  const known = turn.state.probes.filter(({ beganAt }) => beganAt <= now);
  const newest = known.reduce((latest, probe) => Math.max(latest, probe.beganAt), 0);
  const askedLast = turn.state.probeAskedAt ?? Number.NEGATIVE_INFINITY;
  const asked = askedLast > now ? Number.NEGATIVE_INFINITY : askedLast;
  // From the beginning of the newest probe, so that two failures are never too near to count both.
  const answered = newest >= asked;
  const dueAt = answered ? newest + everyMs : asked + everyMs + probeTimeoutMs(turn.playbook);
  // What was probed before a signal says nothing of it, and neither does an answer that is still under way.
  const signalAt = openIncident(turn.state)?.signalAt ?? Number.NEGATIVE_INFINITY;
  const isOvertaken = signalAt > asked && signalAt <= now;
  if (dueAt > now && Number.isFinite(asked) && !isOvertaken) turn.wakes.push(dueAt);
  else orderProbe(turn, purpose);
}

export function orderProbe(turn: Turn, purpose: 'confirm' | 'recheck' | 'verify'): void {
  const timeoutMs = probeTimeoutMs(turn.playbook);
  change(turn, { probeAskedAt: turn.now });
  turn.commands.push({ type: 'probe', resource: turn.state.resource, purpose, timeoutMs });
  turn.wakes.push(turn.now + probeEveryMs(turn.playbook) + timeoutMs);
}

function purposeOf(state: ResourceState): 'confirm' | 'verify' | null {
  const incident = openIncident(state);
  if (incident !== null) return incident.attempt?.phase === 'verifying' ? 'verify' : 'confirm';
  return state.suspicion === null ? null : 'confirm';
}
