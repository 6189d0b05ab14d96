import type { SignalFacts } from '../condition/facts.ts';
import { type Assessment, assess, openAfterMs } from './evidence.ts';
import { isConfirmed, probeVerdict } from './probing.ts';
import { relapsing, reopenIncident } from './relapse.ts';
import type { Incident, Suspicion } from './state.ts';
import { change, notify, openIncident, type Turn } from './turn.ts';
import { duration, plural } from './wording.ts';

/** A signal that no probe confirms within this is no suspicion any more. */
const signalWaitsMs = 300_000;
const hourMs = 3_600_000;
/** An opening later than this after a drill is not told as its work. */
const drillToldMs = 900_000;
const pastKept = 20;

/** Since when the quorum has been sick without a break. */
export function followQuorum(turn: Turn): void {
  const isSick = assess(turn.state.summary, turn.playbook).quorum === 'sick';
  const since = isSick ? (turn.state.quorumSince ?? turn.now) : null;
  if (since !== turn.state.quorumSince) change(turn, { quorumSince: since });
}

/** From health to suspicion to an open incident, and back where the evidence goes. */
export function watchForOpening(turn: Turn): void {
  if (openIncident(turn.state) !== null) return;
  const assessment = assess(turn.state.summary, turn.playbook);
  if (turn.state.suspicion === null) suspectFromReports(turn, assessment);
  const suspicion = turn.state.suspicion;
  if (suspicion === null) return;
  const ended = whyEnded(turn, suspicion, assessment);
  if (ended !== null) {
    turn.events.push({ type: 'suspicion-ended', reason: ended });
    change(turn, { suspicion: null });
    return;
  }
  const opensAt =
    suspicion.by === 'signal' ? 0 : suspicion.ladderFrom + openAfterMs(turn.playbook, assessment);
  if (turn.now < opensAt) {
    turn.wakes.push(opensAt);
    return;
  }
  if (isConfirmed(turn.state, turn.playbook, turn.now)) open(turn, suspicion, assessment);
  else tellUnconfirmed(turn, suspicion);
}

/** Begins a suspicion from a signal that the playbook names, or makes the present one a signal's too. */
export function suspectFromSignal(
  turn: Turn,
  reason: string,
  node: string | null,
  signal: SignalFacts,
): void {
  const present = turn.state.suspicion;
  const nodes = node === null ? [] : [node];
  if (present === null) {
    suspect(turn, { by: 'signal', firstFaultAt: turn.now, ladderFrom: turn.now, reason, nodes, signal });
  } else {
    const known = present.nodes.filter((each) => each !== node);
    // It has the whole of its own time to be confirmed, however long the suspicion has lasted.
    const joined = {
      ...present,
      by: 'signal',
      since: turn.now,
      nodes: [...known, ...nodes],
      signal,
    } as const;
    change(turn, { suspicion: joined });
  }
}

function suspectFromReports(turn: Turn, assessment: Assessment): void {
  const { quorumSince, summary } = turn.state;
  if (assessment.quorum !== 'sick' || quorumSince === null) return;
  // What was before a closing is over.
  const closedAt = turn.state.incident?.closed?.at ?? 0;
  const firstFaultAt = Math.min(turn.now, Math.max(summary?.earliestFaultAt ?? turn.now, closedAt));
  // One instance that was sick alone for an hour must not make every step due at once.
  const ladderFrom = Math.min(
    turn.now,
    Math.max(firstFaultAt, quorumSince - openAfterMs(turn.playbook, assessment)),
  );
  suspect(turn, { by: 'reports', firstFaultAt, ladderFrom, reason: assessment.text, nodes: [] });
}

type FoundSuspicion = Pick<Suspicion, 'by' | 'firstFaultAt' | 'ladderFrom' | 'reason' | 'nodes' | 'signal'>;

function suspect(turn: Turn, found: FoundSuspicion): void {
  const incident = relapsing(turn)?.id ?? newIncidentId(turn);
  change(turn, { suspicion: { ...found, incident, since: turn.now, told: false } });
  const { reason, firstFaultAt } = found;
  turn.events.push({ type: 'incident-suspected', reason, firstFaultAt });
}

/** `postgres~main.` and the time in base 36: no resource name has a `~`, and no two openings share a time. */
function newIncidentId(turn: Turn): string {
  const prefix = `${turn.state.resource.replace('/', '~')}.`;
  const used = new Set([turn.state.incident?.id, ...turn.state.past.map((incident) => incident.id)]);
  let at = Math.max(0, Math.floor(turn.now));
  while (used.has(prefix + at.toString(36))) at += 1;
  return prefix + at.toString(36);
}

function whyEnded(turn: Turn, suspicion: Suspicion, assessment: Assessment): string | null {
  if (suspicion.by === 'reports') {
    return assessment.quorum === 'sick' ? null : `the quorum is not reached any more: ${assessment.text}`;
  }
  const { confirm } = turn.playbook.open;
  if (confirm.by === 'none') return null;
  const passes = turn.state.probes.filter((probe) => probe.passed && probe.beganAt >= suspicion.since);
  const isWell = passes.length === turn.state.probes.length && passes.length > 0;
  if (isWell && passes.every((probe) => probe.passes >= confirm.failures)) {
    return `the signal was not confirmed: ${plural(confirm.failures, 'probe')} in a row passed`;
  }
  const givesUpAt = suspicion.since + signalWaitsMs;
  turn.wakes.push(givesUpAt);
  return turn.now < givesUpAt ? null : `the signal was not confirmed within ${duration(signalWaitsMs)}`;
}

function tellUnconfirmed(turn: Turn, suspicion: Suspicion): void {
  if (suspicion.told || suspicion.by === 'signal' || probeVerdict(turn.state) !== 'passes') return;
  change(turn, { suspicion: { ...suspicion, told: true } });
  notify(
    turn,
    suspicion.incident,
    true,
    `${turn.state.resource} is suspected: ${suspicion.reason}, but the healer's own probe passes; nothing is done`,
  );
}

function open(turn: Turn, suspicion: Suspicion, assessment: Assessment): void {
  const reason = suspicion.by === 'signal' ? suspicion.reason : assessment.text;
  const confirmation = turn.playbook.open.confirm.by === 'probe' ? ', confirmed by the own probe' : '';
  const why = reason + confirmation + drillText(turn);
  // Told when it was suspected: between suspicion and confirmation the time for a relapse may run out.
  const isRelapse = turn.state.incident?.id === suspicion.incident;
  if (isRelapse) reopenIncident(turn, suspicion, why);
  else openNew(turn, suspicion, why);
  noteOpening(turn);
  const incident = suspicion.incident;
  const { resource } = turn.state;
  turn.commands.push({ type: 'follow-cohort', resource, incident, what: 'begin', at: turn.now });
  const isSpent = turn.state.incident?.ladder.state === 'exhausted';
  notify(turn, incident, isSpent, `${resource}: ${isRelapse ? 'relapse' : 'incident'}: ${why}`);
  change(turn, { suspicion: null });
}

/** Whoever is woken by what was broken on purpose must know so at once. */
function drillText({ state, now }: Turn): string {
  const drill = state.around?.drill;
  if (drill === undefined || now - drill.at > drillToldMs) return '';
  return `, ${duration(now - drill.at)} after ${drill.by} began the drill ${drill.drill}`;
}

function openNew(turn: Turn, suspicion: Suspicion, reason: string): void {
  const before = turn.state.incident;
  const incident: Incident = {
    id: suspicion.incident,
    playbook: turn.playbook.name,
    by: suspicion.by,
    reason,
    openedAt: turn.now,
    firstFaultAt: suspicion.firstFaultAt,
    reopenedAt: null,
    relapseFaultAt: null,
    ladderFrom: suspicion.ladderFrom,
    ladder: { state: 'climbing' },
    steps: [],
    holds: [],
    attempt: null,
    attempts: [],
    attemptCount: 0,
    signalNodes: suspicion.nodes.map((node) => ({ node, at: suspicion.since })),
    signalAt: suspicion.by === 'signal' ? suspicion.since : null,
    ...(suspicion.signal !== undefined && { signal: suspicion.signal }),
    healthySince: null,
    directiveSequence: 0,
    lastStepTold: false,
    closed: null,
    ...(suspicion.cause === undefined ? {} : { cause: suspicion.cause }),
  };
  const past = before === null ? turn.state.past : [before, ...turn.state.past].slice(0, pastKept);
  change(turn, { incident, past });
  turn.events.push({
    type: 'incident-opened',
    reason,
    firstFaultAt: suspicion.firstFaultAt,
    playbook: turn.playbook.name,
  });
}

/** Openings and reopenings of the last hour; too many, and every step asks for a while. */
function noteOpening(turn: Turn): void {
  const openings = [...turn.state.openings.filter((at) => at > turn.now - hourMs), turn.now];
  const { flappingOpenings, flappingAskForMs } = turn.playbook.limits;
  const isFlapping = openings.length >= flappingOpenings;
  change(turn, {
    openings: openings.slice(-100),
    askUntil: isFlapping ? turn.now + flappingAskForMs : turn.state.askUntil,
  });
  if (!isFlapping || turn.state.incident === null) return;
  const text = `${turn.state.resource} flaps: ${plural(openings.length, 'opening')} in an hour; every step asks for ${duration(flappingAskForMs)}`;
  notify(turn, turn.state.incident.id, true, text);
}
