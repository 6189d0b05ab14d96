import type { Explanation } from '@prunella/core';
import type { Attempt, Incident } from '../api/answers.ts';
import { readRemedy } from './remedy.ts';

export interface Question {
  readonly incident: Incident;
  readonly attempt: Attempt;
}

/** What waits for a person's yes or no. */
export function questionsOf(incidents: readonly Incident[]): readonly Question[] {
  return incidents.flatMap((incident) =>
    incident.attempts
      .filter((attempt) => attempt.phase === 'awaiting-approval')
      .map((attempt) => ({ incident, attempt })),
  );
}

type State = Explanation['state'];
type Seen = Pick<Explanation, 'resource' | 'state'> & Partial<Pick<Explanation, 'remedies' | 'next'>>;

/** The healer does nothing more by itself. */
export function needsPerson({ resource, state }: Seen, asked: ReadonlySet<string>): boolean {
  return state === 'exhausted' || asked.has(resource);
}

const alone: Readonly<Record<Exclude<State, 'ok'>, (name: string) => string>> = {
  undecided: (name) => `Nobody can say for sure how ${name} is.`,
  suspected: (name) => `${name} may be failing. The healer is making sure.`,
  open: (name) => `${name} is broken. The healer has its next step ready.`,
  attempting: (name) => `${name} is broken. A repair is running.`,
  verifying: (name) => `A repair of ${name} has ended. The healer is checking whether it helped.`,
  paused: (name) => `${name} is broken, and nothing repairs it: repairs are paused.`,
  exhausted: (name) => `${name} is broken, and the healer has nothing left to try. It needs you.`,
};

/**
 * One sentence on everything, for whoever was just woken. `notOk` may name fewer than `states` counts. `asked`:
 * resources of which a question waits.
 */
export function fleetSentence(
  states: Readonly<Partial<Record<State, number>>>,
  notOk: readonly Seen[],
  asked: ReadonlySet<string>,
): string {
  const known = Object.values(states).reduce((sum, count) => sum + count, 0);
  const sick = known - (states.ok ?? 0);
  if (known === 0) return 'The healer knows no resource yet.';
  if (sick === 0) return known === 1 ? 'The one resource is ok.' : `All ${known} resources are ok.`;
  const [only] = notOk;
  if (sick === 1 && only !== undefined && only.state !== 'ok') {
    if (only.state === 'open' && isClaimed(only)) {
      return `${only.resource} is broken. Somebody works on it, and the healer leaves it to them.`;
    }
    if (asked.has(only.resource)) return `${only.resource} is broken, and its repair waits for your answer.`;
    if (only.state === 'open' && only.next?.what.includes(' is held: ') === true) {
      return `${only.resource} is broken, and its next step is held.`;
    }
    return alone[only.state](only.resource);
  }
  return `${sick} of ${known} resources are not ok: ${listed(groupsOf(states, notOk, asked))}.`;
}

/** Whoever has claimed an incident can give it back. */
function isClaimed({ remedies }: Seen): boolean {
  return remedies?.some((remedy) => readRemedy(remedy).type === 'release') === true;
}

const groups: readonly { readonly states: readonly State[]; readonly one: string; readonly many: string }[] =
  [
    { states: ['attempting', 'verifying'], one: 'is being repaired', many: 'are being repaired' },
    { states: ['open'], one: 'waits for its next step', many: 'wait for their next step' },
    { states: ['paused'], one: 'is paused', many: 'are paused' },
    { states: ['suspected', 'undecided'], one: 'is not certain', many: 'are not certain' },
  ];

function groupsOf(
  states: Readonly<Partial<Record<State, number>>>,
  notOk: readonly Seen[],
  asked: ReadonlySet<string>,
): readonly string[] {
  const questioned = notOk.filter(({ resource, state }) => asked.has(resource) && state !== 'exhausted');
  const counted = (count: number, one: string, many: string) =>
    // The number stays with its words at the end of a line.
    count <= 0 ? [] : [`${count}\u00a0${count === 1 ? one : many}`];
  return [
    ...counted((states.exhausted ?? 0) + questioned.length, 'needs you', 'need you'),
    ...groups.flatMap(({ states: these, one, many }) => {
      const all = these.reduce((sum, state) => sum + (states[state] ?? 0), 0);
      return counted(all - questioned.filter(({ state }) => these.includes(state)).length, one, many);
    }),
  ];
}

function listed(parts: readonly string[]): string {
  return parts.length < 2 ? (parts[0] ?? '') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}
