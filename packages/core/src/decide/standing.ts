import type { Standing } from './input.ts';
import type { ResourceState } from './state.ts';
import { change, openIncident, type Turn } from './turn.ts';

const leastSilent = 2;

/** Tells the fleet where what it must know has changed. */
export function tellStanding(turn: Turn): void {
  const before = turn.state.standing ?? null;
  const standing = standingOf(turn, before);
  if (before === null && isWell(standing)) return;
  if (before !== null && sameStanding(before, standing)) return;
  turn.commands.push({ type: 'tell-fleet', standing });
  if (isWell(standing)) {
    const { standing: _, ...rest } = turn.state;
    turn.state = rest;
  } else {
    change(turn, { standing });
  }
}

export function isWell({ incident, probesFailSince, silentSince }: Standing): boolean {
  return incident === null && probesFailSince === null && silentSince === null;
}

function standingOf(turn: Turn, before: Standing | null): Standing {
  const { state, facts, playbook, now } = turn;
  const isSilent = observersAreSilent(state);
  return {
    resource: state.resource,
    incident: incidentOf(state),
    probesFailSince: probesFailSince(state),
    silentSince: isSilent ? (before?.silentSince ?? now) : null,
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
function sameStanding(left: Standing, right: Standing): boolean {
  return (
    left.incident?.id === right.incident?.id &&
    left.incident?.open === right.incident?.open &&
    left.incident?.firstFaultAt === right.incident?.firstFaultAt &&
    left.probesFailSince === right.probesFailSince &&
    left.silentSince === right.silentSince
  );
}
