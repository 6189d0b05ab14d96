import type { LogEntry } from '../decide/event.ts';
import { duration } from '../decide/wording.ts';
import type { Playbook } from '../playbook/playbook.ts';
import { type Decision, type Difference, decisionsOf, isSame, type Pair, pair, timeOf } from './compare.ts';
import { type Installation, orderKey, replay } from './replay.ts';

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
  installation: Installation,
): Backtest {
  const lived = replay(log, playbooks, installation);
  const recordedBy = Map.groupBy(log, ({ resource }) => resource);
  const replayedBy = Map.groupBy(lived.entries, ({ resource }) => resource);
  const differences: Difference[] = [];
  const unowned: string[] = [];
  let same = 0;
  for (const [resource, recorded] of recordedBy) {
    const replayed = replayedBy.get(resource);
    if (replayed === undefined) {
      // What concerns every resource stands in the log under a name of its own, and is no resource's.
      if (recorded.some(({ event }) => !isOfFleet(event))) unowned.push(resource);
      continue;
    }
    const pairs = pair(decisionsOf(recorded), decisionsOf(replayed));
    const found = pairs.flatMap((each) => differenceOf(each, { recorded, replayed, whyNot: lived.whyNot }));
    same += pairs.length - found.length;
    differences.push(...found);
  }
  differences.sort((left, right) => timeOf(left) - timeOf(right));
  return { differences, same, unowned };
}

function isOfFleet({ type }: LogEntry['event']): boolean {
  return type === 'kill-switch' || type === 'fleet-alarm';
}

/** Of one resource: what was written then, and what is written now. */
interface Sides {
  readonly recorded: readonly LogEntry[];
  readonly replayed: readonly LogEntry[];
  readonly whyNot: ReadonlyMap<string, string>;
}

function differenceOf({ recorded, replayed }: Pair, sides: Sides): Difference[] {
  const one = recorded ?? replayed;
  if (one === null) return [];
  const { resource, what, step } = one;
  const of = (why: string): Difference[] => [{ resource, what, step, recorded, replayed, why }];
  if (recorded === null) return of(whyNew(one, sides.recorded));
  if (replayed === null) return of(whyGone(one, sides.replayed, sides.whyNot));
  return isSame(recorded, replayed) ? [] : of(whyMoved(recorded, replayed));
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
  const open = openAt(entries, at);
  return open ? 'the incident is open, and nothing calls for it now' : 'no incident is open now';
}

function whyNew(replayed: Decision, log: readonly LogEntry[]): string {
  const said = saidOf(log, replayed);
  if (said !== null) return `then: ${said}`;
  return openAt(log, replayed.at) ? 'it was not due then' : 'no incident was open then';
}

function whyMoved(recorded: Decision, replayed: Decision): string {
  const byMs = replayed.at - recorded.at;
  const moved = byMs === 0 ? [] : [`${duration(Math.abs(byMs))} ${byMs < 0 ? 'earlier' : 'later'}`];
  const aimed =
    recorded.text === replayed.text || recorded.what !== 'sent'
      ? []
      : [`${replayed.text}, not ${recorded.text}`];
  return [...moved, ...aimed].join('; ');
}

/** What guardrails said of the step, or of the resource, about that time. */
function saidOf(log: readonly LogEntry[], { step, at }: Decision): string | null {
  const near = log.filter((entry) => Math.abs(entry.at - at) <= nearMs);
  for (const { event } of near.toReversed()) {
    if (event.type === 'attempt-held' && event.step === step)
      return `${step} held by ${event.hold.guardrail}: ${event.hold.reason}`;
    if (event.type === 'attempt-refused' && event.step === step)
      return `${step} refused by ${event.guardrail}: ${event.reason}`;
    if (event.type === 'suspicion-ended' && step === null) return event.reason;
  }
  return null;
}

function openAt(log: readonly LogEntry[], at: number): boolean {
  let isOpen = false;
  for (const entry of log) {
    if (entry.at > at) break;
    if (entry.event.type === 'incident-opened' || entry.event.type === 'incident-reopened') isOpen = true;
    if (entry.event.type === 'incident-closed') isOpen = false;
  }
  return isOpen;
}
