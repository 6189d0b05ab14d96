import type { Incident, Suspicion } from './state.ts';
import { change, changeIncident, type Turn } from './turn.ts';

/** The incident that what is seen now would reopen; null where none was closed lately enough. */
export function relapsing(turn: Turn): Incident | null {
  const { incident } = turn.state;
  if (incident?.closed == null) return null;
  return turn.now - incident.closed.at <= turn.playbook.limits.relapseMs ? incident : null;
}

/** The same incident again: counts and `every` go on, `after` starts anew at the relapse's first fault. */
export function reopenIncident(turn: Turn, suspicion: Suspicion, reason: string): void {
  const { incident } = turn.state;
  if (incident === null) return;
  const { firstFaultAt, ladderFrom, by, nodes, since } = suspicion;
  const wasPaused = incident.ladder.state === 'paused';
  // Why nothing was wanted was said of what is over.
  const { suppressedBy: _, ...kept } = incident;
  change(turn, { incident: kept });
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
    ...causeOf(turn, incident, suspicion),
    // What could not be verified then was verified by the closing since.
    ...(wasPaused ? { ladder: { state: 'climbing' } as const } : {}),
  });
  turn.events.push({ type: 'incident-reopened', reason, firstFaultAt });
}

/**
 * What is known of our own attempt before it. The fleet tells the end of one only while the incident is open: what
 * ended meanwhile must not be waited for. Where it still runs, the fleet says so anew.
 */
function causeOf(turn: Turn, incident: Incident, suspicion: Suspicion): Pick<Incident, 'cause'> {
  const cause = suspicion.cause ?? incident.cause;
  if (cause === undefined) return {};
  return { cause: { ...cause, endedAt: cause.endedAt ?? turn.now } };
}
