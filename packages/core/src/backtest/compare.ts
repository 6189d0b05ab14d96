import type { LogEntry, ResourceEvent } from '../decide/event.ts';

/** A decision that a person would ask about. */
export interface Decision {
  readonly at: number;
  readonly resource: string;
  readonly what:
    | 'opened'
    | 'reopened'
    | 'closed'
    | 'sent'
    | 'asked'
    | 'shadowed'
    | 'refused'
    | 'exhausted'
    | 'paused';
  /** Of those that are about one. */
  readonly step: string | null;
  readonly text: string;
}

/** A decision that is not the same under the other playbooks. */
export interface Difference {
  readonly resource: string;
  readonly what: Decision['what'];
  readonly step: string | null;
  /** Null where it was not made then, or is not made now. */
  readonly recorded: Decision | null;
  readonly replayed: Decision | null;
  readonly why: string;
}

/** Up to this a decision is made at the same time; up to the other it is the same one, moved. */
const sameMs = 60_000;
const movedMs = 20 * 60_000;

export function decisionsOf(log: readonly LogEntry[]): readonly Decision[] {
  const steps = new Map<string, string>();
  return log.flatMap(({ at, resource, event }) => {
    if (event.type === 'attempt-proposed') steps.set(event.attempt, event.step);
    const decision = decisionOf(event, steps);
    return decision === null ? [] : [{ at, resource, ...decision }];
  });
}

function decisionOf(
  event: ResourceEvent,
  steps: ReadonlyMap<string, string>,
): Pick<Decision, 'what' | 'step' | 'text'> | null {
  switch (event.type) {
    case 'incident-opened':
      return { what: 'opened', step: null, text: event.reason };
    case 'incident-reopened':
      return { what: 'reopened', step: null, text: event.reason };
    case 'incident-closed':
      return { what: 'closed', step: null, text: event.reason };
    case 'incident-exhausted':
      return { what: 'exhausted', step: null, text: event.reason };
    case 'ladder-paused':
      return { what: 'paused', step: null, text: event.reason };
    case 'attempt-intended':
      return { what: 'sent', step: event.step, text: `on ${event.targets.join(', ')}` };
    case 'approval-requested':
      return { what: 'asked', step: steps.get(event.attempt) ?? null, text: 'a person is asked' };
    case 'attempt-shadowed':
      return { what: 'shadowed', step: event.step, text: 'it only says what it would do' };
    case 'attempt-refused':
      return { what: 'refused', step: event.step, text: `${event.guardrail}: ${event.reason}` };
    default:
      return null;
  }
}

export interface Pair {
  readonly recorded: Decision | null;
  readonly replayed: Decision | null;
}

/** Of one resource: those that belong together, and those left over on either side; in the order of time. */
export function pair(recorded: readonly Decision[], replayed: readonly Decision[]): readonly Pair[] {
  const left = [...replayed];
  const pairs: Pair[] = [];
  for (const decision of recorded) {
    let best = -1;
    for (const [index, other] of left.entries()) {
      if (!isAlike(decision, other) || Math.abs(other.at - decision.at) > movedMs) continue;
      const rival = left[best];
      if (rival === undefined || Math.abs(other.at - decision.at) < Math.abs(rival.at - decision.at))
        best = index;
    }
    const found = left[best] ?? null;
    if (found !== null) left.splice(best, 1);
    pairs.push({ recorded: decision, replayed: found });
  }
  pairs.push(...left.map((decision) => ({ recorded: null, replayed: decision })));
  return pairs.toSorted((one, other) => timeOf(one) - timeOf(other));
}

export function isSame(recorded: Decision, replayed: Decision): boolean {
  const isAimedAlike = recorded.what !== 'sent' || recorded.text === replayed.text;
  return Math.abs(recorded.at - replayed.at) <= sameMs && isAimedAlike;
}

function isAlike(one: Decision, other: Decision): boolean {
  return one.what === other.what && one.step === other.step;
}

/** When it was decided then; of what was not, when it is decided now. */
export function timeOf({ recorded, replayed }: Pair): number {
  return recorded?.at ?? replayed?.at ?? 0;
}
