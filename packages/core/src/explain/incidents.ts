import type { Credit, Verdict } from '../decide/event.ts';
import type { ActionResult, Prediction } from '../decide/input.ts';
import { creditText } from '../decide/recover.ts';
import type { Attempt, Incident, ResourceState } from '../decide/state.ts';
import { duration } from '../decide/wording.ts';
import type { Effect } from '../playbook/playbook.ts';
import { failureOf } from './failure.ts';

/** An incident for people; a projection of a resource's state. Times in ms since the Unix epoch. */
export interface IncidentStory {
  readonly incident: string;
  readonly resource: string;
  readonly playbook: string;
  readonly state: 'open' | 'closed';
  readonly openedAt: number;
  /** The earliest fault that was known when it opened. */
  readonly firstFaultAt: number;
  readonly closedAt: number | null;
  readonly credit: Credit | null;
  /** One line: what happened and what became of it. */
  readonly story: string;
  readonly attempts: readonly AttemptStory[];
}

export interface AttemptStory {
  readonly attempt: string;
  readonly step: string;
  readonly action: string;
  readonly run: number;
  /** Left out in incidents that an older healer kept. */
  readonly effect?: Effect;
  readonly phase:
    | 'proposed'
    | 'awaiting-approval'
    | 'held'
    | 'dispatched'
    | 'verifying'
    | 'ended'
    | 'withdrawn'
    | 'shadowed';
  readonly startedAt: number | null;
  readonly targets: readonly string[];
  readonly targetsResolved: boolean;
  /** What a dry run said that it would change; left out where none was made. */
  readonly predictions?: readonly Prediction[];
  /** Where a person was asked: until when the answer counts, and who said yes; left out where nobody was. */
  readonly approval?: { readonly expiresAt: number; readonly by: string | null };
  readonly fenced: boolean;
  readonly outcome: ActionResult['outcome'] | null;
  readonly verdict: Verdict | null;
  /** What the backend said of it, or why it is held, was withdrawn or judged so; null before. */
  readonly reason: string | null;
}

/** The present incident and the newest closed ones of a resource, newest first; at most 21, or as many as asked for. */
export function viewIncidents(state: ResourceState, atMost?: number): readonly IncidentStory[] {
  const incidents = state.incident === null ? state.past : [state.incident, ...state.past];
  return incidents.slice(0, atMost).map((incident) => viewIncident(state.resource, incident));
}

export function viewIncident(resource: string, incident: Incident): IncidentStory {
  const attempts = incident.attempt === null ? incident.attempts : [...incident.attempts, incident.attempt];
  const { closed } = incident;
  return {
    incident: incident.id,
    resource,
    playbook: incident.playbook,
    state: closed === null ? 'open' : 'closed',
    openedAt: incident.openedAt,
    firstFaultAt: incident.firstFaultAt,
    closedAt: closed?.at ?? null,
    credit: closed?.credit ?? null,
    story: tell(incident, attempts),
    attempts: attempts.map((attempt) => attemptStory(incident, attempt)),
  };
}

function tell(incident: Incident, attempts: readonly Attempt[]): string {
  const parts = [incident.reason];
  if (incident.reopenedAt !== null) parts.push('it relapsed');
  const runs = attempts.filter((attempt) => attempt.startedAt !== null && attempt.phase !== 'withdrawn');
  for (const attempt of runs) {
    const failure = failureOf(attempt);
    const why = failure === null ? '' : ` (${failure})`;
    parts.push(`${attempt.step} ${attempt.verdict ?? phaseName(incident, attempt)}${why}`);
  }
  const { closed, ladder } = incident;
  if (closed !== null) {
    const took = duration(closed.at - (incident.relapseFaultAt ?? incident.firstFaultAt));
    parts.push(`${creditText(closed.credit, attempts)} after ${took}`);
  } else if (ladder.state !== 'climbing') {
    parts.push(`${ladder.state}: ${ladder.reason}`);
  }
  return parts.join('; ');
}

function attemptStory(incident: Incident, attempt: Attempt): AttemptStory {
  const reached = attempt.result?.targets ?? [];
  return {
    attempt: attempt.id,
    step: attempt.step,
    action: attempt.action,
    run: attempt.run,
    effect: attempt.effect,
    phase: phaseName(incident, attempt),
    startedAt: attempt.startedAt,
    targets: attempt.targets?.ids ?? [],
    targetsResolved: attempt.targets?.resolved ?? false,
    ...(attempt.targets?.predictions === undefined ? {} : { predictions: attempt.targets.predictions }),
    ...(attempt.approval === null
      ? {}
      : { approval: { expiresAt: attempt.approval.expiresAt, by: attempt.approval.by } }),
    fenced: reached.length > 0 && reached.every((target) => target.fenced),
    outcome: attempt.result?.outcome ?? null,
    verdict: attempt.verdict,
    reason: failureOf(attempt) ?? attempt.reason ?? heldBy(incident, attempt),
  };
}

/** The first hold alone: `explain` tells all of them. */
function heldBy(incident: Incident, attempt: Attempt): string | null {
  if (phaseName(incident, attempt) !== 'held') return null;
  return incident.holds.find((each) => each.attempt === attempt.id)?.hold.reason ?? null;
}

function phaseName(incident: Incident, attempt: Attempt): AttemptStory['phase'] {
  switch (attempt.phase) {
    case 'resolving':
    case 'rechecking':
    case 'awaiting-permit':
      return incident.holds.some((each) => each.attempt === attempt.id) ? 'held' : 'proposed';
    case 'in-flight':
      return 'dispatched';
    default:
      return attempt.phase;
  }
}
