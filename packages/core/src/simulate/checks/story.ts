import type { ActionResult } from '../../decide/input.ts';
import type { Playbook, Step } from '../../playbook/playbook.ts';
import type { EntryOf, Run } from '../record.ts';

/** One attempt as the record tells it. Indices are places in the record; times are the healer's. */
export interface ToldAttempt {
  readonly id: string;
  readonly resource: string;
  readonly incident: string;
  readonly playbook: Playbook;
  readonly step: Step;
  readonly intended: { readonly index: number; readonly at: number; readonly clock: number } | null;
  readonly targets: readonly string[];
  readonly resolved: boolean;
  readonly result: ActionResult | null;
  /** Where the record says that it is over: verdict or withdrawal. */
  readonly over: { readonly index: number; readonly at: number; readonly clock: number } | null;
  /** It said what it would have done. One that was withdrawn did not come so far. */
  readonly shadowed: boolean;
  readonly verdict: 'effective' | 'ineffective' | 'unverified' | null;
}

export interface Story {
  readonly attempts: readonly ToldAttempt[];
  /** Those whose order was decided, in that order. */
  readonly intended: readonly (ToldAttempt & { readonly intended: NonNullable<ToldAttempt['intended']> })[];
  readonly playbookOf: (resource: string) => Playbook;
  /** Events of a resource, with their places in the record. */
  readonly eventsOf: (resource: string) => readonly PlacedEvent[];
}

export type PlacedEvent = EntryOf<'event'> & { readonly index: number };

/** The newest opening or relapse of the attempt's resource before its order was decided. */
export function openingBefore(
  story: Story,
  { resource, intended }: Story['intended'][number],
): PlacedEvent | undefined {
  return story
    .eventsOf(resource)
    .findLast(
      ({ event, index }) =>
        index < intended.index && (event.type === 'incident-opened' || event.type === 'incident-reopened'),
    );
}

/** The opening or relapse of the incident that is open at this place of the record; null where none is. */
export function openAt(events: readonly PlacedEvent[], index: number): PlacedEvent | null {
  const last = events.findLast(
    ({ event, index: place }) =>
      place <= index && ['incident-opened', 'incident-reopened', 'incident-closed'].includes(event.type),
  );
  return last === undefined || last.event.type === 'incident-closed' ? null : last;
}

type Draft = { -readonly [Key in keyof ToldAttempt]: ToldAttempt[Key] };

/** Reads the record into attempts. It knows events and nothing of how they came to be. */
export function tellStory(run: Run): Story {
  const playbooks = new Map(run.history.resources.map(({ facts, playbook }) => [facts.resource, playbook]));
  const playbookOf = (resource: string): Playbook => {
    const playbook = playbooks.get(resource);
    if (playbook === undefined) throw new Error(`the history has no resource ${resource}`);
    return playbook;
  };
  const drafts = new Map<string, Draft>();
  const events = new Map<string, PlacedEvent[]>();
  for (const [index, entry] of run.entries.entries()) {
    if (entry.type !== 'event') continue;
    const placed = { ...entry, index };
    const known = events.get(entry.resource);
    if (known === undefined) events.set(entry.resource, [placed]);
    else known.push(placed);
    tell(drafts, placed, playbookOf(entry.resource));
  }
  const attempts = [...drafts.values()];
  const isIntended = (each: ToldAttempt): each is Story['intended'][number] => each.intended !== null;
  const intended = attempts
    .filter(isIntended)
    .sort((left, right) => left.intended.index - right.intended.index);
  return { attempts, intended, playbookOf, eventsOf: (resource) => events.get(resource) ?? [] };
}

function tell(drafts: Map<string, Draft>, placed: PlacedEvent, playbook: Playbook): void {
  const { event, resource, index, at, clock } = placed;
  if (event.type === 'attempt-proposed') {
    const step = playbook.ladder.find(({ id }) => id === event.step) ?? playbook.ladder[0];
    const incident = event.attempt.slice(0, event.attempt.lastIndexOf('.'));
    drafts.set(event.attempt, {
      id: event.attempt,
      resource,
      incident,
      playbook,
      step,
      intended: null,
      targets: [],
      resolved: true,
      result: null,
      over: null,
      shadowed: false,
      verdict: null,
    });
    return;
  }
  const draft = 'attempt' in event && event.attempt !== null ? drafts.get(event.attempt) : undefined;
  if (draft === undefined) return;
  switch (event.type) {
    case 'attempt-intended':
      draft.intended = { index, at, clock };
      draft.targets = event.targets;
      draft.resolved = event.resolved;
      return;
    case 'attempt-ended':
      draft.result = event.result;
      return;
    case 'attempt-withdrawn':
    case 'attempt-shadowed':
      draft.over = { index, at, clock };
      draft.shadowed = event.type === 'attempt-shadowed';
      return;
    case 'verdict-given':
      draft.verdict = event.verdict;
      draft.over = { index, at, clock };
      return;
    default:
  }
}

/** Whether it counts as a run: an order that provably was never sent does not. */
export function isRun(attempt: ToldAttempt): boolean {
  return attempt.intended !== null && attempt.result?.neverSent !== true;
}

/** Whether an attempt was known, at a place in the record, to have sent nothing. */
export function wasTakenBack(attempt: ToldAttempt, index: number): boolean {
  return attempt.result?.neverSent === true && attempt.over !== null && attempt.over.index < index;
}
