import type { Entry } from '../record.ts';
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
      const why = whyItMustAsk(run.history.resources, attempt, story);
      return why === null ? [] : unapproved(run.entries, story, attempt, why);
    }),
};

function whyItMustAsk(
  resources: readonly {
    readonly facts: { readonly resource: string; readonly nodes: readonly { readonly target?: string }[] };
  }[],
  attempt: Intended,
  story: Story,
): string | null {
  const { step, playbook, resource, targets, intended } = attempt;
  if (step.autonomy === 'ask') return 'its step asks';
  if (step.effect === 'restores') return null;
  const asked = story
    .eventsOf(resource)
    .some(({ event }) => event.type === 'approval-requested' && event.attempt === attempt.id);
  if (asked) return 'it was asked for';
  const nodes = resources.find(({ facts }) => facts.resource === resource)?.facts.nodes ?? [];
  if (nodes.some(({ target }) => target === undefined)) return 'a node has no target';
  if (targets.length > playbook.limits.blastRadiusNodes) return 'it means more nodes than the blast radius';
  const { flappingOpenings, flappingAskForMs } = playbook.limits;
  return flapsAt(story, resource, intended.clock, flappingOpenings, flappingAskForMs) ? 'it flaps' : null;
}

const hourMs = 3_600_000;

function flapsAt(story: Story, resource: string, clock: number, openings: number, askForMs: number): boolean {
  const opened = story
    .eventsOf(resource)
    .filter(({ event }) => event.type === 'incident-opened' || event.type === 'incident-reopened')
    .map((each) => each.clock)
    .filter((each) => each <= clock);
  return opened.some((last) => {
    const within = opened.filter((each) => each <= last && each > last - hourMs);
    return within.length >= openings && clock < last + askForMs;
  });
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
