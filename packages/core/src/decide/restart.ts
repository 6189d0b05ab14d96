import type { ObservationSummary } from '@prunella/protocol';
import { forgetSeen } from './around.ts';
import type { Attempt, Incident } from './state.ts';
import { change, changeAttempt, direct, openIncident, stepOf, type Turn } from './turn.ts';
import { releasePermit } from './withdraw.ts';

/**
 * The healer was away. What was seen before is not evidence any more; what was promised stays: the open
 * incident, its counts, a signal, an approval asked for. Nothing that became due meanwhile starts at once:
 * grace holds it, and every attempt is rechecked with fresh evidence.
 */
export function receiveStart(turn: Turn): void {
  const { summary, suspicion } = turn.state;
  turn.events.push({ type: 'healer-started' });
  change(turn, {
    startedAt: turn.now,
    summary: null,
    quorumSince: null,
    probes: [],
    probeAskedAt: null,
    wakeAt: null,
  });
  forgetSeen(turn);
  if (suspicion?.by === 'reports') {
    change(turn, { suspicion: null });
    turn.events.push({
      type: 'suspicion-ended',
      reason: 'the healer was restarted; the evidence is gathered anew',
    });
  }
  if (suspicion?.by === 'signal') {
    // It is on disk and acknowledged: nobody sends it again, so it has the whole of its time from now on.
    change(turn, { suspicion: { ...suspicion, since: turn.now } });
  }
  const incident = openIncident(turn.state);
  if (incident === null) return;
  change(turn, { incident: { ...incident, healthySince: null } });
  followAgain(turn, incident, summary);
  if (incident.attempt !== null) takeUp(turn, incident.attempt);
}

/** `observe` has forgotten the cohort; its members count as gone until they are heard again. */
function followAgain(turn: Turn, incident: Incident, summary: ObservationSummary | null): void {
  const cohort = summary?.cohort?.incident === incident.id ? summary.cohort : null;
  const { resource } = turn.state;
  const follow = { type: 'follow-cohort', resource, incident: incident.id } as const;
  const at = incident.reopenedAt ?? incident.openedAt;
  turn.commands.push({ ...follow, what: 'begin', at, members: cohort?.ids ?? [] });
  // What ended last before the stop may not have been in a summary yet.
  const markAt = Math.max(cohort?.markAt ?? 0, incident.attempt?.endedAt ?? 0);
  if (markAt > 0) turn.commands.push({ ...follow, what: 'mark', at: markAt });
}

function takeUp(turn: Turn, attempt: Attempt): void {
  switch (attempt.phase) {
    case 'resolving':
      changeAttempt(turn, { targets: null, resolveAskedAt: null, heldUntil: null });
      return;
    case 'rechecking':
    case 'awaiting-permit':
      releasePermit(turn, attempt.id, attempt.permitAskedAt !== null);
      changeAttempt(turn, {
        phase: 'rechecking',
        resolveAskedAt: null,
        permitAskedAt: null,
        recheckSince: null,
        heldUntil: null,
      });
      return;
    case 'verifying': {
      // Nobody looked while the healer was away: the window is granted whole.
      const windowMs = stepOf(turn.playbook, attempt.step)?.verify.windowMs ?? 0;
      const windowEndsAt = Math.max(attempt.windowEndsAt ?? 0, turn.now + windowMs);
      changeAttempt(turn, { windowEndsAt, goodSince: null });
      direct(turn, 'cohort', 'probe', Math.round(windowMs / 5));
      return;
    }
    default:
      return;
  }
}
