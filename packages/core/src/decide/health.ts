import type { Step } from '../playbook/playbook.ts';
import { probeEveryMs, probeTimeoutMs } from './probing.ts';
import type { Incident, NodeProbe } from './state.ts';
import type { Turn } from './turn.ts';

/** What cohort and probes say of a recovery. */
export interface Health {
  /** `empty`: nobody complained, or nobody is followed. */
  readonly cohort: 'ok' | 'sick' | 'unknown' | 'empty';
  /** `none`: nothing probes it. `unknown`: no result that is new enough. */
  readonly probe: 'passes' | 'fails' | 'none' | 'unknown';
  /** For a person. */
  readonly text: string;
}

const rounding = 1e-9;

/**
 * `nodes` null for all; `since` the time before which a passing probe proves nothing, as does one from before
 * the incident's newest signal.
 */
export function healthOf(turn: Turn, step: Step, nodes: readonly string[] | null, since: number): Health {
  const incident = turn.state.incident;
  const followed = turn.state.summary?.cohort ?? null;
  const cohort = followed?.incident === incident?.id ? followed : null;
  const looked = turn.state.probes.filter(
    (probe) => nodes === null || probe.node === null || nodes.includes(probe.node),
  );
  const probe = probeHealth(turn, looked, Math.max(since, incident?.signalAt ?? 0));
  if (cohort === null || cohort.total === 0) {
    return { cohort: 'empty', probe, text: `nobody complained that could confirm, the probe ${probe}` };
  }
  const needed = step.verify.cohortShare * cohort.total - rounding;
  const text = `${cohort.okSinceMark} of ${cohort.total} complaining instances ok, ${cohort.sick} sick, probe ${probe}`;
  if (cohort.okSinceMark >= needed) return { cohort: 'ok', probe, text };
  // Where even all unknown ones could not make up the share, it is known to be sick.
  return { cohort: cohort.total - cohort.sick < needed ? 'sick' : 'unknown', probe, text };
}

function probeHealth(turn: Turn, probes: readonly NodeProbe[], since: number): Health['probe'] {
  if (probes.length === 0) return turn.playbook.open.confirm.by === 'probe' ? 'unknown' : 'none';
  const oldest = turn.now - 3 * probeEveryMs(turn.playbook) - probeTimeoutMs(turn.playbook);
  const fresh = probes.filter(
    ({ beganAt, endedAt }) => beganAt >= since && endedAt >= oldest && endedAt <= turn.now,
  );
  if (fresh.some((probe) => !probe.passed)) return 'fails';
  return fresh.length === probes.length ? 'passes' : 'unknown';
}

/** Since when it has been well, where it is well now: a signal begins the soak anew. */
export function wellSince(incident: Incident, before: number | null, now: number): number {
  return before === null || before < (incident.signalAt ?? 0) ? now : before;
}

/** Cohort and probe agree that it is well; where nobody complained, the probe alone. */
export function isWell(health: Health): boolean {
  if (health.cohort === 'ok') return health.probe === 'passes' || health.probe === 'none';
  return health.cohort === 'empty' && health.probe === 'passes';
}
