import { renderExplanation } from '@prunella/core';
import { duration, list, minuteText, timeText } from '@prunella/core/describe';
import type { Message, Notice, Present } from './notice.ts';

/** A message in words, for whoever was asleep a moment ago: what, since when, what next, what is left to you. */
export interface Words {
  /** One line that stays the same over an incident, but for the mark in brackets. */
  readonly subject: string;
  readonly mark: string | null;
  /** The first lines, the most important first. */
  readonly lead: readonly string[];
  /** What happened, one line each; empty where the lead has said it. */
  readonly happened: readonly string[];
  /** As `prunella explain` tells it; null where nothing is wrong any more. */
  readonly explanation: string | null;
  /** Exactly what can be typed. */
  readonly commands: readonly string[];
  readonly link: string | null;
}

/** A message that is told so late says so. */
const lateMs = 120_000;
const mostNamed = 50;

export function wordsOf(message: Message): Words {
  if (message.digest) return digestWords(message);
  const [first] = message.notices;
  const present = message.present;
  if (first.resource === null || first.incident === null || present === null) return plainWords(message);
  return incidentWords(message, first.resource, first.incident, present);
}

function incidentWords(message: Message, resource: string, incident: string, present: Present): Words {
  const { now, page, notices } = message;
  const asking = notices.findLast((notice) => isAsking(notice, present));
  const needs = present.isOpen && (asking !== undefined || present.approval !== null);
  const since = present.firstFaultAt ?? present.openedAt;
  const stands = standOf(resource, present, now);
  const isSuspected = present.explanation?.state === 'suspected';
  const explanation = present.isOpen || isSuspected ? present.explanation : null;
  const remedies = explanation?.remedies ?? [];
  const yours = [...new Set([...approvalCommands(present), ...remedies])];
  const next = explanation === null ? [] : [`Next: ${nextText(explanation.next, now)}`];
  const you = yours.length === 0 ? [] : [`You can: ${list(yours, 6)}`];
  const asked = asking === undefined ? [] : [`Needs you: ${sentence(asking)}`];
  return {
    subject: `${resource} broken${since === null ? '' : ` since ${minuteText(since)}`}`,
    mark: needs ? 'needs you' : present.isOpen || isSuspected ? null : 'well again',
    lead: [stands, ...lateText(message), ...asked, ...next, ...you],
    happened: notices.filter((notice) => notice !== asking).map(sentence),
    explanation: explanation === null ? null : renderExplanation(explanation, now),
    commands: yours.filter((each) => each.startsWith('prunella ')),
    link: page === null ? null : `${page}/incidents/${encodeURIComponent(incident)}`,
  };
}

/** Nobody is asked any more what a person has decided, or slept through. */
function isAsking({ kind, approval }: Notice, present: Present): boolean {
  if (kind !== 'needs-person' || !(present.isOpen || present.explanation?.state === 'suspected'))
    return false;
  return approval === null || approval.attempt === present.approval?.attempt;
}

/** The very first line. */
function standOf(resource: string, present: Present, now: number): string {
  const { explanation, firstFaultAt, isOpen, story } = present;
  const since =
    firstFaultAt === null ? '' : ` since ${minuteText(firstFaultAt)} (${duration(now - firstFaultAt)})`;
  if (explanation?.state === 'suspected')
    return `${resource} is suspected to be broken${since}: ${explanation.reason}`;
  if (isOpen) return `${resource} is broken${since}: ${explanation?.reason ?? story ?? 'see the incident'}`;
  const ended = present.closedAt;
  if (story === null)
    return `${resource} is well again: ${explanation?.reason ?? 'nothing is wrong any more'}`;
  const took = ended === null || firstFaultAt === null ? '' : ` after ${duration(ended - firstFaultAt)}`;
  return `${resource} is well again${took}: ${story}`;
}

function approvalCommands({ approval }: Present): string[] {
  return approval === null
    ? []
    : [`prunella approve ${approval.attempt}`, `prunella reject ${approval.attempt}`];
}

function nextText(next: NonNullable<Present['explanation']>['next'], now: number): string {
  if (next.at === null) return next.what;
  const inTime = next.at > now ? `in ${duration(next.at - now)}` : 'now';
  return next.what.includes(inTime) ? next.what : `${next.what}, ${inTime} (${minuteText(next.at)})`;
}

function lateText({ notices, now }: Message): string[] {
  const [first] = notices;
  const lateBy = now - first.at;
  if (lateBy < lateMs) return [];
  return [
    `Told late: this is of ${timeText(first.at)}, ${duration(lateBy)} ago; what is said here is how it stands now.`,
  ];
}

/** One line of what happened. */
function sentence(notice: Notice): string {
  switch (notice.kind) {
    case 'opened':
      return `opened: ${notice.text}`;
    case 'recovered':
      return `well again: ${notice.text}`;
    default:
      return notice.text;
  }
}

/** What concerns all resources, and tests. */
function plainWords(message: Message): Words {
  const { notices, page } = message;
  const [first] = notices;
  const texts = notices.map(sentence);
  const head = first.resource === null ? '' : `${first.resource}: `;
  const subject = `${head}${texts[0] ?? ''}`.slice(0, 150);
  const marks: Partial<Record<Notice['kind'], string>> = {
    'needs-person': 'needs you',
    paused: 'prunella',
    alarm: 'alarm',
    test: 'test',
  };
  return {
    subject,
    mark: marks[first.kind] ?? null,
    lead: [...texts.map((text) => `${head}${text}`), ...lateText(message)],
    happened: [],
    explanation: first.explanation === null ? null : renderExplanation(first.explanation, message.now),
    commands: [],
    link: page,
  };
}

/** One message that names many: what needs a person first. */
function digestWords(message: Message): Words {
  const { notices, dropped, page, now } = message;
  const resources = new Set(notices.flatMap(({ resource }) => resource ?? []));
  const needed = new Set(
    notices.flatMap(({ kind, resource }) => (kind === 'needs-person' ? (resource ?? []) : [])),
  );
  const head = `${resources.size} ${resources.size === 1 ? 'resource' : 'resources'}, ${notices.length} notices`;
  const need = needed.size === 0 ? '' : `; ${needed.size} need you`;
  const byWeight = notices.toSorted(
    (left, right) => Number(right.kind === 'needs-person') - Number(left.kind === 'needs-person'),
  );
  const named = byWeight.slice(0, mostNamed).map((notice) => {
    const what = notice.resource === null ? '' : `${notice.resource}: `;
    const needs = notice.kind === 'needs-person' ? 'needs you: ' : '';
    return `${minuteText(notice.at)} ${what}${needs}${sentence(notice)}`;
  });
  const more = notices.length - named.length + dropped;
  return {
    subject: `many at once: ${head}${need}`,
    mark: needed.size > 0 ? 'needs you' : null,
    lead: [`Many at once: ${head}${need}.`, ...lateText({ ...message, now })],
    happened: more > 0 ? [...named, `and ${more} more, which \`prunella incidents\` lists`] : named,
    explanation: null,
    commands: ['prunella explain', 'prunella incidents --open'],
    link: page === null ? null : `${page}/`,
  };
}
