import type { Entry } from '../record.ts';
import { ownAttemptBefore, whyItMustAsk } from './asks.ts';
import type { Breach, Rule } from './rule.ts';
import type { Story } from './story.ts';

type Intended = Story['intended'][number];

export const pausedMeansPaused: Rule = {
  name: 'kill-switch',
  holds: 'no permit is granted and no attempt begins while a person has stopped everything',
  check: ({ entries }) => {
    let paused = false;
    return entries.flatMap((entry): Breach[] => {
      if (entry.type === 'kill-switch') paused = entry.paused;
      if (!paused) return [];
      const { at } = entry;
      if (entry.type === 'permit' && entry.decision.type === 'granted') {
        return [{ at, what: `${entry.decision.permit} was granted while everything was stopped` }];
      }
      if (entry.type === 'event' && entry.event.type === 'attempt-intended') {
        return [{ at, what: `${entry.event.attempt} began while everything was stopped` }];
      }
      return [];
    });
  },
};

export const approvedFirst: Rule = {
  name: 'approval',
  holds: 'what asks a person runs only after a yes of a person, within its time, to these very targets',
  check: (run, story) =>
    story.intended.flatMap((attempt) => {
      const why = wasAsked(story, attempt) ?? whyItMustAsk(run, story, attempt);
      return why === null ? [] : unapproved(run.entries, story, attempt, why);
    }),
};

function wasAsked(story: Story, { resource, id }: Intended): string | null {
  const asked = story
    .eventsOf(resource)
    .some(({ event }) => event.type === 'approval-requested' && event.attempt === id);
  return asked ? 'it was asked for' : null;
}

function unapproved(entries: readonly Entry[], story: Story, attempt: Intended, why: string): Breach[] {
  const { at, clock, index } = attempt.intended;
  const given = story
    .eventsOf(attempt.resource)
    .findLast(({ event }) => event.type === 'approval-given' && event.attempt === attempt.id);
  if (given === undefined || given.index > index) {
    return [{ at, what: `${attempt.id} began without a yes (${why})` }];
  }
  const said = entries.some(
    (entry, place) =>
      entry.type === 'person' &&
      place < given.index &&
      entry.command.command.type === 'approve' &&
      entry.command.command.attempt === attempt.id,
  );
  if (!said) return [{ at, what: `${attempt.id} was called approved, and nobody had said so` }];
  const age = clock - given.clock;
  if (age > attempt.playbook.limits.approvalMs)
    return [{ at, what: `${attempt.id} began ${age} ms after its yes` }];
  const resolved = story
    .eventsOf(attempt.resource)
    .findLast(
      ({ event, index: place }) =>
        event.type === 'targets-resolved' && event.attempt === attempt.id && place < given.index,
    )?.event;
  const known = resolved?.type === 'targets-resolved' ? resolved.resolution.targets.map(({ id }) => id) : [];
  const others = attempt.targets.filter((target) => !known.includes(target));
  return others.length === 0 ? [] : [{ at, what: `${attempt.id} was approved without ${others.join()}` }];
}

export const deniedMeansDenied: Rule = {
  name: 'denied-means-denied',
  holds: 'an attempt that a person refused, or that nobody answered in time, never begins',
  check: (_run, story) =>
    story.intended.flatMap((attempt) => {
      const denied = story
        .eventsOf(attempt.resource)
        .some(({ event }) => event.type === 'approval-denied' && event.attempt === attempt.id);
      return denied ? [{ at: attempt.intended.at, what: `${attempt.id} began though it was denied` }] : [];
    }),
};

export const shadowOnlySays: Rule = {
  name: 'shadow',
  holds: 'a step in shadow is never carried out',
  check: (_run, { intended }) =>
    intended
      .filter(({ step }) => step.autonomy === 'shadow')
      .map(({ id, intended: { at } }) => ({ at, what: `${id} began though its step is in shadow` })),
};

export const ownRepairsSettle: Rule = {
  name: 'lineage',
  holds:
    'what broke on a target after our own attempt on it is not repaired before that has had time to settle',
  check: (run, story) =>
    story.intended.flatMap((attempt): Breach[] => {
      if (attempt.step.effect === 'restores') return [];
      const { at, clock, index } = attempt.intended;
      const cause = ownAttemptBefore(run, story, attempt);
      if (cause === null) return [];
      if (cause.over === null || cause.over.index > index) {
        return [{ at, what: `${attempt.id} began while ${cause.id}, which came before it, was not over` }];
      }
      const since = clock - cause.over.clock;
      if (since >= attempt.playbook.limits.afterOwnAttemptMs) return [];
      return [{ at, what: `${attempt.id} began ${since} ms after ${cause.id}, which came before it` }];
    }),
};

/** A restart carries out what was left. */
const toldWithinMs = 600_000;

export const personIsTold: Rule = {
  name: 'person-is-told',
  holds: 'whatever a person must be told is told, also where the healer dies in between',
  check: ({ history, entries }) => {
    const told = new Set(entries.flatMap((entry) => (entry.type === 'told' ? [entry.text] : [])));
    return entries.flatMap((entry): Breach[] => {
      if (entry.type !== 'command' || entry.command.type !== 'notify') return [];
      if (told.has(entry.command.text) || entry.at > history.durationMs - toldWithinMs) return [];
      return [{ at: entry.at, what: `nobody was told: ${entry.command.text}` }];
    });
  },
};
