import type { LogEntry, ResourceEvent } from '@prunella/core';
import type { Notification } from '../engine/options.ts';
import type { NoticeKind } from './notice.ts';

/** What may become a notice: an entry of the log, or what the engine says that a person must know. */
export type Happening =
  | { readonly from: 'log'; readonly entry: LogEntry }
  | {
      readonly from: 'engine';
      readonly notification: Notification;
      readonly at: number;
      /** Left over from before a start: it may have been told already. */
      readonly again: boolean;
    };

/** The resource's name under which what concerns all stands in the log. */
export const everyResource = '*';

type Tellable = { readonly [Type in ResourceEvent['type']]?: NoticeKind };

/** Transitions, and no more: not each probe, not each count. */
const kinds: Tellable = {
  'incident-opened': 'opened',
  'incident-reopened': 'opened',
  'incident-closed': 'recovered',
  'suspicion-ended': 'recovered',
  'approval-given': 'attempt',
  'approval-denied': 'attempt',
  'attempt-intended': 'attempt',
  'verdict-given': 'attempt',
  'kill-switch': 'paused',
  'fleet-alarm': 'alarm',
};

/** Null: nobody is told of it. */
export function kindOf(happening: Happening): NoticeKind | null {
  // That something opened or is well again stands in the log, too.
  if (happening.from === 'engine') return happening.notification.needsPerson ? 'needs-person' : null;
  const { event, resource } = happening.entry;
  const kind = kinds[event.type] ?? null;
  // A pause is written once for all, and once more into each open incident.
  const isOfAll = kind === 'paused' || kind === 'alarm';
  return isOfAll && resource !== everyResource ? null : kind;
}
