import type { LogEntry, ResourceEvent, Verdict } from '../decide/event.ts';
import { foldEvent, type KnownAttempts } from './fold.ts';
import type { StepRecord } from './step-record.ts';

type Known = KnownAttempts['attempts'][number];

interface Story {
  readonly records: readonly StepRecord[];
  readonly attempts: readonly Known[];
  readonly reopenedAt: number | null;
}

const attemptsKept = 64;

/**
 * The record of each step at each resource, from the log alone, in the log's order: what the machines keep in
 * their state, for any span of time.
 */
export function effectiveness(log: Iterable<LogEntry>): ReadonlyMap<string, readonly StepRecord[]> {
  const stories = new Map<string, Story>();
  for (const { resource, event, at } of log) {
    const before = stories.get(resource) ?? { records: [], attempts: [], reopenedAt: null };
    const story = follow(before, event, at);
    const records = foldEvent(before.records, event, at, { ...story, attempt: null });
    if (story !== before || records !== before.records) stories.set(resource, { ...story, records });
  }
  return new Map([...stories].map(([resource, { records }]) => [resource, records]));
}

/** What the log says of the attempts of the present incident. */
function follow(story: Story, event: ResourceEvent, at: number): Story {
  switch (event.type) {
    case 'incident-opened':
      return { ...story, attempts: [], reopenedAt: null };
    case 'incident-reopened':
      return { ...story, reopenedAt: at };
    case 'attempt-proposed': {
      const { attempt: id, step } = event;
      const proposed: Known = {
        id,
        step,
        approval: null,
        phase: 'resolving',
        proposedAt: at,
        verdict: null,
      };
      return { ...story, attempts: [...story.attempts, proposed].slice(-attemptsKept) };
    }
    case 'attempt-shadowed':
      return changed(story, event.attempt, { phase: 'shadowed' });
    case 'attempt-withdrawn':
      return changed(story, event.attempt, { phase: 'withdrawn' });
    case 'approval-requested':
      return changed(story, event.attempt, { approval: event.expiresAt });
    case 'verdict-given':
      return ended(story, event.attempt, event.verdict);
    default:
      return story;
  }
}

function ended(story: Story, id: string, verdict: Verdict): Story {
  return changed(story, id, { phase: 'ended', verdict });
}

function changed(story: Story, id: string, with_: Partial<Known>): Story {
  const attempts = story.attempts.map((each) => (each.id === id ? { ...each, ...with_ } : each));
  return { ...story, attempts };
}
