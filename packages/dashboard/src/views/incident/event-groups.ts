import type { ResourceEvent } from '@prunella/core';

export type EventGroup = 'seen' | 'decided' | 'done' | 'people';

export const eventGroups: Readonly<Record<EventGroup, string>> = {
  seen: 'what was seen',
  decided: 'what was decided',
  done: 'what was done',
  people: 'what people did',
};

const groups: Readonly<Record<ResourceEvent['type'], EventGroup>> = {
  'summary-changed': 'seen',
  'instances-changed': 'seen',
  'probe-changed': 'seen',
  'signal-received': 'seen',
  'operator-commanded': 'people',
  'incident-suspected': 'decided',
  'suspicion-ended': 'decided',
  'incident-opened': 'decided',
  'incident-reopened': 'decided',
  'incident-closed': 'decided',
  'incident-exhausted': 'decided',
  'ladder-paused': 'decided',
  'ladder-resumed': 'people',
  'attempt-proposed': 'decided',
  'targets-resolved': 'decided',
  'approval-requested': 'decided',
  'approval-given': 'people',
  'approval-denied': 'people',
  'attempt-held': 'decided',
  'attempt-refused': 'decided',
  'attempt-withdrawn': 'decided',
  'attempt-shadowed': 'decided',
  'attempt-intended': 'done',
  'attempt-dispatched': 'done',
  'attempt-ended': 'done',
  'verdict-given': 'decided',
  'attempt-harmful': 'decided',
  'demotion-lifted': 'people',
  'healer-started': 'seen',
  'kill-switch': 'people',
  'fleet-alarm': 'decided',
};

/** What a newer healer tells besides counts as seen. */
export function groupOf(type: string): EventGroup {
  return Object.hasOwn(groups, type) ? groups[type as ResourceEvent['type']] : 'seen';
}
