import type { ActionResult, Credit, LogEntry, ResourceEvent, Verdict } from '@prunella/core';

export interface LoggedAttempt {
  readonly attempt: string;
  readonly step: string;
  readonly intendedAt: number;
  readonly result: ActionResult | null;
  readonly verdict: Verdict | null;
  readonly verdictAt: number;
}

type EventOf<Type extends ResourceEvent['type']> = Extract<ResourceEvent, { type: Type }>;

export function eventsIn<Type extends ResourceEvent['type']>(
  log: readonly LogEntry[],
  type: Type,
): readonly { readonly at: number; readonly event: EventOf<Type> }[] {
  return log.flatMap(({ at, event }) => (isOf(event, type) ? [{ at, event }] : []));
}

function isOf<Type extends ResourceEvent['type']>(event: ResourceEvent, type: Type): event is EventOf<Type> {
  return event.type === type;
}

/** All that had leave to run, in the order of their beginning. */
export function attemptsIn(log: readonly LogEntry[]): readonly LoggedAttempt[] {
  return eventsIn(log, 'attempt-intended').map(({ at, event: { attempt, step } }) => {
    const ended = eventsIn(log, 'attempt-ended').find(({ event }) => event.attempt === attempt);
    const verdict = eventsIn(log, 'verdict-given').find(({ event }) => event.attempt === attempt);
    return {
      attempt,
      step,
      intendedAt: at,
      result: ended?.event.result ?? null,
      verdict: verdict?.event.verdict ?? null,
      verdictAt: verdict?.at ?? Number.POSITIVE_INFINITY,
    };
  });
}

/** Of the incident that opened first; null while none has. */
export function firstFaultAt(log: readonly LogEntry[]): number | null {
  return eventsIn(log, 'incident-opened')[0]?.event.firstFaultAt ?? null;
}

/** Who was credited with the end; null while it is open. */
export function creditIn(log: readonly LogEntry[]): Credit | null {
  return eventsIn(log, 'incident-closed')[0]?.event.credit ?? null;
}

/** What became of each attempt, and what else happened, for a failing test. */
export function storyOf(log: readonly LogEntry[]): string {
  const [{ at: beganAt = 0 } = {}] = log;
  return log
    .filter(({ event: { type } }) => type !== 'summary-changed' && type !== 'instances-changed')
    .map(({ at, event: { type, ...rest } }) => `${at - beganAt} ms ${type} ${JSON.stringify(rest)}`)
    .join('\n');
}
