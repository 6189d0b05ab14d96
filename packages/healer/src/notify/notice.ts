import type { Explanation } from '@prunella/core';

/** What people can be told of. Only what changed is told, never that it is still so. */
export const noticeKinds = ['needs-person', 'opened', 'attempt', 'recovered', 'paused', 'alarm'] as const;

/** `test`: somebody tries whether a channel works. */
export type NoticeKind = (typeof noticeKinds)[number] | 'test';

/** One thing that happened and that somebody is told. Complete in itself: it is on disk before it is sent. */
export interface Notice {
  /** The same at each try, so that a receiver knows what it has had already. */
  readonly id: string;
  readonly kind: NoticeKind;
  /** What it came from: the type of an event of the log, or `person-needed`. */
  readonly event: string;
  /** When it happened, ms since the Unix epoch. */
  readonly at: number;
  /** Null for what concerns all resources. */
  readonly resource: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly playbook: string | null;
  readonly incident: string | null;
  /** One sentence: what happened. */
  readonly text: string;
  /** The resource as it was explained then. */
  readonly explanation: Explanation | null;
  /** What waits for a yes or a no. */
  readonly approval: WaitingApproval | null;
}

export interface WaitingApproval {
  readonly attempt: string;
  readonly step: string;
  readonly action: string;
  readonly targets: readonly string[];
  /** What a dry run says that it would change; empty where none was made. */
  readonly wouldChange: readonly string[];
  /** Without an answer by then it is a no, ms since the Unix epoch; null where that is not known. */
  readonly expiresAt: number | null;
}

/** What goes to a channel at once. */
export interface Message {
  /** At least one. Those of one incident, unless `digest`. In their order. */
  readonly notices: readonly [Notice, ...Notice[]];
  /** Many incidents in one message. */
  readonly digest: boolean;
  /** Notices of less weight that were dropped for want of room, and that are only counted. */
  readonly dropped: number;
  /** What is known now of the one incident; null for a digest and for what concerns all. */
  readonly present: Present | null;
  /** When it is sent, ms since the Unix epoch. */
  readonly now: number;
  /** Where people find the page, without `/` at its end; null where nobody said. */
  readonly page: string | null;
}

export interface Present {
  readonly explanation: Explanation | null;
  readonly isOpen: boolean;
  readonly story: string | null;
  readonly openedAt: number | null;
  readonly firstFaultAt: number | null;
  readonly closedAt: number | null;
  /** The question that waits now; null where it was answered, or its time has run out. */
  readonly approval: WaitingApproval | null;
  /** Everything is paused, and by whom. */
  readonly paused: { readonly by: string; readonly reason: string } | null;
}
