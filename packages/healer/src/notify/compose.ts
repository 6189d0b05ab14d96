import { randomUUID } from 'node:crypto';
import type { Credit, ResourceEvent } from '@prunella/core';
import { duration } from '@prunella/core/describe';
import type { IncidentView } from '../engine/engine.ts';
import { everyResource, type Happening, kindOf } from './happening.ts';
import type { Notice } from './notice.ts';
import { type Surroundings, waitingApproval } from './surroundings.ts';
import type { Suspicions } from './suspicions.ts';

const longestText = 2_000;

/** Makes the notice of what happened, with how the resource stands now. Null where nobody is told of such. */
export async function compose(
  happening: Happening,
  surroundings: Surroundings,
  suspicions: Pick<Suspicions, 'of'>,
): Promise<Notice | null> {
  const kind = kindOf(happening);
  if (kind === null) return null;
  const { resource, at, event, ...place } = placeOf(happening);
  const incident = event === 'suspicion-ended' ? suspicions.of(resource) : place.incident;
  if (event === 'suspicion-ended' && incident === null) return null;
  const id = newNoticeId();
  if (resource === everyResource) {
    const text = happening.from === 'log' ? textOfAll(happening.entry.event) : happening.notification.text;
    return { id, kind, event, at, text, ...nothingOf };
  }
  const view = incident === null ? null : await surroundings.incident(resource, incident);
  const explanation = surroundings.explanation(resource);
  const { labels, playbook } = surroundings.facts(resource);
  const text =
    happening.from === 'engine'
      ? withoutName(happening.notification.text, resource)
      : textOf(happening.entry.event, view);
  return {
    id,
    kind,
    event,
    at,
    resource,
    incident,
    labels,
    playbook: view?.playbook ?? playbook,
    text: text.slice(0, longestText),
    explanation,
    approval: kind === 'needs-person' ? waitingApproval(view) : null,
  };
}

/** For somebody who tries a channel. */
export function testNotice(at: number, by: string): Notice {
  const text = `${by} tries whether this channel works: it does`;
  return { id: newNoticeId(), kind: 'test', event: 'test', at, text, ...nothingOf };
}

/** Nothing new: for a message that is only to be as things are now. */
export async function shownNotice(
  resource: string,
  incident: string,
  surroundings: Surroundings,
): Promise<Notice> {
  const view = await surroundings.incident(resource, incident);
  const { labels, playbook } = surroundings.facts(resource);
  return {
    ...nothingOf,
    id: newNoticeId(),
    kind: 'attempt',
    event: 'shown',
    at: Number.MAX_SAFE_INTEGER,
    text: '',
    resource,
    incident,
    labels,
    playbook: view?.playbook ?? playbook,
  };
}

/** Of the notifier itself. */
export function deadChannelNotice(channel: string, why: string, at: number): Notice {
  const text = `the channel ${channel} delivers nothing: ${why}`.slice(0, longestText);
  return { id: newNoticeId(), kind: 'alarm', event: 'channel-dead', at, text, ...nothingOf };
}

const nothingOf = {
  resource: null,
  labels: {},
  playbook: null,
  incident: null,
  explanation: null,
  approval: null,
} as const;

function newNoticeId(): string {
  return `msg_${randomUUID().replaceAll('-', '')}`;
}

function placeOf(happening: Happening) {
  if (happening.from === 'log') {
    const { resource, incident, at, event } = happening.entry;
    return { resource, incident, at, event: event.type };
  }
  const { resource, incident } = happening.notification;
  return { resource, incident, at: happening.at, event: 'person-needed' };
}

/** What the engine says begins with the resource's name by itself; here that stands before it. */
function withoutName(text: string, resource: string): string {
  const rest = text.startsWith(resource) ? text.slice(resource.length).replace(/^[:\s]+/, '') : text;
  return rest.replaceAll('`', '');
}

function textOfAll(event: ResourceEvent): string {
  if (event.type === 'kill-switch') {
    const why = event.reason === '' || event.reason === 'resumed' ? '' : `: ${event.reason}`;
    return event.paused
      ? `all repairs are paused by ${event.by}${why}; nothing runs until \`prunella resume\``
      : `repairs go on, says ${event.by}${why}`;
  }
  if (event.type === 'fleet-alarm') {
    const what = event.alarm === 'storm' ? 'a storm' : 'the healer seems to be cut off (isolation)';
    return event.began
      ? `${what}: ${event.reason}; only what restores runs`
      : `${event.alarm === 'storm' ? 'the storm' : 'the isolation'} is over (${event.reason})`;
  }
  return event.type;
}

function textOf(event: ResourceEvent, view: IncidentView | null): string {
  switch (event.type) {
    case 'incident-opened':
      return event.reason;
    case 'incident-reopened':
      return `relapse: ${event.reason}`;
    case 'suspicion-ended':
      return `no longer suspected: ${event.reason}`;
    case 'incident-closed':
      return `${creditText(event.credit, view)}${tookText(view)}`;
    case 'attempt-intended':
      return `${event.step} begins on ${event.targets.join(', ')} (run ${event.run}, attempt ${event.attempt})`;
    case 'verdict-given':
      return `${actionOf(event.attempt, view)} was ${event.verdict}: ${event.reason}`;
    case 'approval-given':
      return `${actionOf(event.attempt, view)} was approved by ${event.by}`;
    case 'approval-denied':
      return `${actionOf(event.attempt, view)} was not approved by ${event.by}${event.reason === '' ? '' : `: ${event.reason}`}`;
    default:
      return event.type;
  }
}

function actionOf(attempt: string, view: IncidentView | null): string {
  return view?.attempts.find((each) => each.attempt === attempt)?.action ?? `attempt ${attempt}`;
}

function creditText(credit: Credit, view: IncidentView | null): string {
  switch (credit.to) {
    case 'attempt':
      return `repaired by ${actionOf(credit.attempt, view)}`;
    case 'itself':
      return 'it recovered by itself';
    case 'late':
      return 'it recovered after the repairs were found ineffective';
    case 'person':
      return `closed by ${credit.name}`;
  }
}

function tookText(view: IncidentView | null): string {
  return view?.closedAt == null ? '' : `, after ${duration(view.closedAt - view.firstFaultAt)}`;
}
