import type { LogEntry } from '../decide/event.ts';
import type { ResourceFacts } from '../decide/input.ts';
import { duration } from '../decide/wording.ts';
import type { Playbook } from '../playbook/playbook.ts';
import { type Decision, type Difference, decisionsOf, isSame, pair } from './compare.ts';
import { orderKey, replay } from './replay.ts';

export interface Backtest {
  /** In the order of time. */
  readonly differences: readonly Difference[];
  /** Decisions that are the same. */
  readonly same: number;
  /** Resources of the log that no playbook is for now; nothing is decided for them. */
  readonly unowned: readonly string[];
}

/** Guardrails' words about a step count as its reason when they fell this near. */
const nearMs = 120_000;

/**
 * What would have been decided under these playbooks, had the healer seen what the log saw, beside what was
 * decided. What came after a decision stays as recorded: a repair that was not made then mends nothing here.
 * Instances are shown by stand-ins from the log's counts. Pure and deterministic.
 */
export function backtest(
  log: readonly LogEntry[],
  playbooks: readonly Playbook[],
  declared: (resource: string) => ResourceFacts,
): Backtest {
  const lived = replay(log, playbooks, declared);
  const decided = new Set(lived.entries.map(({ resource }) => resource));
  const resources = [...new Set(log.map(({ resource }) => resource))];
  const unowned = resources.filter((resource) => !decided.has(resource));
  const known = log.filter(({ resource }) => decided.has(resource));
  const pairs = pair(decisionsOf(known), decisionsOf(lived.entries));
  const differences = pairs.flatMap(({ recorded, replayed }): Difference[] => {
    if (recorded !== null && replayed !== null && isSame(recorded, replayed)) return [];
    const one = recorded ?? replayed;
    if (one === null) return [];
    const why =
      replayed === null && recorded !== null
        ? whyGone(recorded, lived.entries, lived.whyNot)
        : recorded === null && replayed !== null
          ? whyNew(replayed, known)
          : whyMoved(recorded, replayed);
    return [{ resource: one.resource, what: one.what, step: one.step, recorded, replayed, why }];
  });
  return { differences, same: pairs.length - differences.length, unowned };
}

function whyGone(
  recorded: Decision,
  entries: readonly LogEntry[],
  whyNot: ReadonlyMap<string, string>,
): string {
  const { resource, step, at } = recorded;
  if (recorded.what === 'sent' && step !== null) {
    const answer = whyNot.get(orderKey(resource, step, at));
    if (answer !== undefined) return answer;
  }
  const said = saidOf(entries, recorded);
  if (said !== null) return said;
  const open = openAt(entries, resource, at);
  return open ? 'the incident is open, and nothing calls for it now' : 'no incident is open now';
}

function whyNew(replayed: Decision, log: readonly LogEntry[]): string {
  const said = saidOf(log, replayed);
  if (said !== null) return `then: ${said}`;
  return openAt(log, replayed.resource, replayed.at) ? 'it was not due then' : 'no incident was open then';
}

function whyMoved(recorded: Decision | null, replayed: Decision | null): string {
  if (recorded === null || replayed === null) return '';
  const byMs = replayed.at - recorded.at;
  const moved = byMs === 0 ? [] : [`${duration(Math.abs(byMs))} ${byMs < 0 ? 'earlier' : 'later'}`];
  const aimed =
    recorded.text === replayed.text || recorded.what !== 'sent'
      ? []
      : [`${replayed.text}, not ${recorded.text}`];
  return [...moved, ...aimed].join('; ');
}

/** What guardrails said of the step, or of the resource, about that time. */
function saidOf(log: readonly LogEntry[], { resource, step, at }: Decision): string | null {
  const near = log.filter((entry) => entry.resource === resource && Math.abs(entry.at - at) <= nearMs);
  for (const { event } of near.toReversed()) {
    if (event.type === 'attempt-held' && event.step === step)
      return `${step} held by ${event.hold.guardrail}: ${event.hold.reason}`;
    if (event.type === 'attempt-refused' && event.step === step)
      return `${step} refused by ${event.guardrail}: ${event.reason}`;
    if (event.type === 'suspicion-ended' && step === null) return event.reason;
  }
  return null;
}

function openAt(log: readonly LogEntry[], resource: string, at: number): boolean {
  let isOpen = false;
  for (const entry of log) {
    if (entry.at > at) break;
    if (entry.resource !== resource) continue;
    if (entry.event.type === 'incident-opened' || entry.event.type === 'incident-reopened') isOpen = true;
    if (entry.event.type === 'incident-closed') isOpen = false;
  }
  return isOpen;
}
