import { presentAttempt, retireAttempt, type Turn } from './turn.ts';

/** Nothing was sent, and nothing will be: approval and permit are void. */
export function withdraw(
  turn: Turn,
  reason: string,
  why: 'not tried' | 'unsent' | 'recovered' = 'not tried',
): void {
  const attempt = presentAttempt(turn.state);
  if (attempt === null) return;
  if (why === 'unsent') {
    turn.commands.push({
      type: 'release-permit',
      resource: turn.state.resource,
      attempt: attempt.id,
      unsent: true,
    });
  } else {
    releasePermit(turn, attempt.id, attempt.permitAskedAt !== null);
  }
  const recovered = why === 'recovered' ? ({ recovered: true } as const) : {};
  turn.events.push({ type: 'attempt-withdrawn', attempt: attempt.id, reason, ...recovered });
  retireAttempt(turn, { phase: 'withdrawn', reason });
}

export function releasePermit(turn: Turn, attempt: string, wasAsked: boolean): void {
  if (wasAsked) turn.commands.push({ type: 'release-permit', resource: turn.state.resource, attempt });
}
