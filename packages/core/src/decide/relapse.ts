import type { Incident, Suspicion } from './state.ts';
import { changeIncident, type Turn } from './turn.ts';

/** The incident that what is seen now would reopen; null where none was closed lately enough. */
export function relapsing(turn: Turn): Incident | null {
  const { incident } = turn.state;
  if (incident?.closed == null) return null;
  return turn.now - incident.closed.at <= turn.playbook.limits.relapseMs ? incident : null;
}

/** The same incident again: counts and `every` go on, `after` starts anew at the relapse's first fault. */
export function reopenIncident(turn: Turn, suspicion: Suspicion, reason: string): void {
  const { firstFaultAt, ladderFrom, by, nodes, since } = suspicion;
  const wasPaused = turn.state.incident?.ladder.state === 'paused';
  changeIncident(turn, {
    by,
    reason,
    reopenedAt: turn.now,
    relapseFaultAt: firstFaultAt,
    ladderFrom,
    holds: [],
    signalNodes: nodes.map((node) => ({ node, at: since })),
    signalAt: by === 'signal' ? since : null,
    signal: suspicion.signal ?? null,
    healthySince: null,
    closed: null,
    // What could not be verified then was verified by the closing since.
    ...(wasPaused ? { ladder: { state: 'climbing' } as const } : {}),
  });
  turn.events.push({ type: 'incident-reopened', reason, firstFaultAt });
}
