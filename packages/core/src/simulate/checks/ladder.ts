import type { Breach, Rule } from './rule.ts';
import { isRun, openingBefore, type PlacedEvent, type Story, type ToldAttempt } from './story.ts';

type Intended = Story['intended'][number];

/** Where the ladder of the attempt's incident began anew for the last time before it. */
function ladderBegan(story: Story, attempt: Intended): number {
  const resumed = story
    .eventsOf(attempt.resource)
    .findLast(({ event, index }) => event.type === 'ladder-resumed' && index < attempt.intended.index);
  return resumed?.index ?? -1;
}

/** Runs before the attempt in its incident, shadowed ones among them, since the given place. */
function runsBefore(story: Story, attempt: Intended, since: number): readonly ToldAttempt[] {
  return story.attempts.filter((other) => {
    const index = other.intended?.index ?? other.over?.index ?? -1;
    const counts = isRun(other) || other.shadowed;
    return other.incident === attempt.incident && counts && index > since && index < attempt.intended.index;
  });
}

function isPassedOver(story: Story, attempt: Intended, milder: string, since: number): boolean {
  return story.eventsOf(attempt.resource).some(({ event, index }: PlacedEvent) => {
    if (index <= since || index >= attempt.intended.index) return false;
    if (event.type === 'attempt-refused') return event.step === milder;
    return event.type === 'attempt-held' && event.step === milder && stoodAside(attempt, milder);
  });
}

function stoodAside({ playbook }: ToldAttempt, id: string): boolean {
  return playbook.ladder.some((step) => step.id === id && step.onHold === 'next');
}

export const ladderOrder: Rule = {
  name: 'ladder-order',
  holds: 'no step runs before each milder one has run once in the incident, or is passed over',
  check: (_run, story) =>
    story.intended.flatMap((attempt) => {
      const since = ladderBegan(story, attempt);
      const ran = new Set(runsBefore(story, attempt, since).map(({ step }) => step.id));
      const { ladder } = attempt.playbook;
      return ladder
        .slice(
          0,
          ladder.findIndex(({ id }) => id === attempt.step.id),
        )
        .filter(({ id, when }) => !ran.has(id) && when === undefined)
        .filter(({ id }) => !isPassedOver(story, attempt, id, since))
        .map(({ id }) => ({
          at: attempt.intended.at,
          what: `${attempt.step.id} (${attempt.id}) ran before ${id} had`,
        }));
    }),
};

export const everyKept: Rule = {
  name: 'every',
  holds: '`every` passes from start to start, and a run of a stronger step restarts that of all milder ones',
  check: (_run, story) =>
    story.intended.flatMap((attempt) => {
      const { ladder } = attempt.playbook;
      const place = ladder.findIndex(({ id }) => id === attempt.step.id);
      const stronger = new Set(ladder.slice(place).map(({ id }) => id));
      return runsBefore(story, attempt, -1).flatMap((other): Breach[] => {
        const began = other.intended?.clock ?? other.over?.clock ?? Number.NEGATIVE_INFINITY;
        const gap = attempt.intended.clock - began;
        if (!stronger.has(other.step.id) || gap >= attempt.step.everyMs || gap < 0) return [];
        return [{ at: attempt.intended.at, what: `${attempt.id} began ${gap} ms after ${other.id}` }];
      });
    }),
};

export const runsCounted: Rule = {
  name: 'max-runs',
  holds: 'a step runs at most `max` times in an incident, unless a person resumes the ladder',
  check: (_run, story) =>
    story.intended.flatMap((attempt) => {
      const runs = runsBefore(story, attempt, ladderBegan(story, attempt));
      const count = runs.filter(({ step }) => step.id === attempt.step.id).length;
      if (count < attempt.step.max) return [];
      return [{ at: attempt.intended.at, what: `${attempt.id} is run ${count + 1} of ${attempt.step.max}` }];
    }),
};

export const afterKept: Rule = {
  name: 'after',
  holds: 'no step starts before its `after` from the first fault of the incident or its relapse',
  check: (_run, story) =>
    story.intended.flatMap((attempt) => {
      const opening = openingBefore(story, attempt)?.event;
      if (opening === undefined || !('firstFaultAt' in opening)) {
        return [{ at: attempt.intended.at, what: `${attempt.id} began without an open incident` }];
      }
      const waited = attempt.intended.clock - opening.firstFaultAt;
      if (waited >= attempt.step.afterMs) return [];
      return [{ at: attempt.intended.at, what: `${attempt.id} began ${waited} ms after the first fault` }];
    }),
};

export const refusedStaysRefused: Rule = {
  name: 'refused-stays-refused',
  holds: 'a step that was refused does not run again in its incident, unless a person resumes the ladder',
  check: (_run, story) =>
    story.intended.flatMap((attempt) => {
      const events = story.eventsOf(attempt.resource);
      const opened = events.findLast(
        ({ event, index }) => event.type === 'incident-opened' && index < attempt.intended.index,
      );
      const since = Math.max(opened?.index ?? -1, ladderBegan(story, attempt));
      const refused = events.some(
        ({ event, index }) =>
          event.type === 'attempt-refused' &&
          event.step === attempt.step.id &&
          index > since &&
          index < attempt.intended.index,
      );
      return refused
        ? [{ at: attempt.intended.at, what: `${attempt.id} ran though its step was refused` }]
        : [];
    }),
};

export const unprovenStops: Rule = {
  name: 'unproven-stops',
  holds:
    'after a verdict that nobody could give, nothing runs until a person resumes or the incident was closed',
  check: (_run, story) =>
    story.intended.flatMap((attempt) => {
      const last = story
        .eventsOf(attempt.resource)
        .findLast(
          ({ event, index }) =>
            index < attempt.intended.index &&
            ['ladder-paused', 'ladder-resumed', 'incident-closed', 'incident-opened'].includes(event.type),
        );
      if (last?.event.type !== 'ladder-paused' || attempt.step.effect === 'restores') return [];
      return [{ at: attempt.intended.at, what: `${attempt.id} began while the ladder was paused` }];
    }),
};

const minuteMs = 60_000;
const proposalsAtMost = 5;

export const turnsTakenSlowly: Rule = {
  name: 'turns-taken-slowly',
  holds: 'a step is proposed at most five times a minute, whatever holds it and whoever makes room for it',
  check: ({ history }, story) =>
    history.resources.flatMap(({ facts: { resource }, playbook }) =>
      playbook.ladder.flatMap(({ id }): Breach[] => {
        const times = story
          .eventsOf(resource)
          .filter(({ event }) => event.type === 'attempt-proposed' && event.step === id)
          .map(({ at }) => at);
        const last = times.find((at, place) => at - (times[place - proposalsAtMost] ?? -minuteMs) < minuteMs);
        if (last === undefined) return [];
        const what = `${id} of ${resource} was proposed more than ${proposalsAtMost} times within a minute`;
        return [{ at: last, what }];
      }),
    ),
};
