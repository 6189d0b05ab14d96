import type { Standing } from './input.ts';
import type { ResourceState } from './state.ts';
import { change, openIncident, type Turn } from './turn.ts';

const leastSilent = 2;

/** Tells the fleet where what it must know has changed. */
export function tellStanding(turn: Turn): void {
  const before = turn.state.standing ?? null;
  const present = conditionOf(turn, before);
  // Asked at every input: what does not change is compared first, and the rest is only made to be told.
  if (before === null ? isWell(present) : sameStanding(before, present)) return;
  const standing = standingOf(turn, present);
  turn.commands.push({ type: 'tell-fleet', standing });
  if (isWell(standing)) {
    const { standing: _, ...rest } = turn.state;
    turn.state = rest;
  } else {
    change(turn, { standing });
  }
}

type Present = Pick<Standing, 'incident' | 'probesFailSince' | 'silentSince'>;

export function isWell({ incident, probesFailSince, silentSince }: Present): boolean {
  return incident === null && probesFailSince === null && silentSince === null;
}

function conditionOf({ state, now }: Turn, before: Standing | null): Present {
  return {
    incident: incidentOf(state),
    probesFailSince: probesFailSince(state),
    silentSince: observersAreSilent(state) ? (before?.silentSince ?? now) : null,
  };
}

function standingOf({ state, facts, playbook }: Turn, present: Present): Standing {
  return {
    resource: state.resource,
    ...present,
    targets: facts.nodes.flatMap(({ target }) => (target === undefined ? [] : [target])),
    dependsOn: playbook.dependsOn,
    domains: [...new Set(facts.nodes.flatMap(({ domain }) => (domain === undefined ? [] : [domain])))],
  };
}

function incidentOf(state: ResourceState): Standing['incident'] {
  const open = openIncident(state);
  if (open !== null) {
    return { id: open.id, open: true, firstFaultAt: open.relapseFaultAt ?? open.firstFaultAt };
  }
  const { suspicion } = state;
  if (suspicion === null) return null;
  return { id: suspicion.incident, open: false, firstFaultAt: suspicion.firstFaultAt };
}

function probesFailSince({ probes }: ResourceState): number | null {
  if (probes.length === 0 || probes.some((probe) => probe.passed)) return null;
  return Math.max(...probes.map((probe) => probe.failingSince ?? probe.beganAt));
}

function observersAreSilent({ summary }: ResourceState): boolean {
  if (summary === null || summary.observers < leastSilent) return false;
  return (summary.silent ?? 0) * 2 > summary.observers;
}

/** Targets, dependencies and domains come from the configuration; they are told with whatever else changes. */
function sameStanding(left: Present, right: Present): boolean {
  return (
    left.incident?.id === right.incident?.id &&
    left.incident?.open === right.incident?.open &&
    left.incident?.firstFaultAt === right.incident?.firstFaultAt &&
    left.probesFailSince === right.probesFailSince &&
    left.silentSince === right.silentSince
  );
}
