import { presentAttempt, retireAttempt, type Turn } from './turn.ts';

/** Nothing was sent, and nothing will be: approval and permit are void. */
export function withdraw(turn: Turn, reason: string, sent: 'not tried' | 'unsent' = 'not tried'): void {
  const attempt = presentAttempt(turn.state);
  if (attempt === null) return;
  if (sent === 'unsent') {
    turn.commands.push({
      type: 'release-permit',
      resource: turn.state.resource,
      attempt: attempt.id,
      unsent: true,
    });
  } else {
    releasePermit(turn, attempt.id, attempt.permitAskedAt !== null);
  }
  turn.events.push({ type: 'attempt-withdrawn', attempt: attempt.id, reason });
  retireAttempt(turn, { phase: 'withdrawn', reason });
}

export function releasePermit(turn: Turn, attempt: string, wasAsked: boolean): void {
  if (wasAsked) turn.commands.push({ type: 'release-permit', resource: turn.state.resource, attempt });
}
