import { strandOf, type Waiting } from './waiting.ts';

export interface PickSettings {
  /** What waits of one incident goes together. */
  readonly gathers: boolean;
  /** Messages that go one by one within `withinMs`; beyond them one message names many. */
  readonly after: number;
  readonly withinMs: number;
  /** Notices that one digest holds; of more, those that failed less often, and what needs a person, are in the first. */
  readonly mostInDigest: number;
}

export type Picked =
  | { readonly what: 'send'; readonly rows: readonly [Waiting, ...Waiting[]]; readonly digest: boolean }
  | { readonly what: 'wait'; readonly until: number };

/** How long what needs a person waits for others, once so many messages went out that one should name them all. */
const personWaitsMs = 5_000;

/**
 * What a channel sends next. `sentAt`: when it last sent, the newest last. Null where nothing waits.
 *
 * Within an incident the order is kept. Between incidents, what failed less often goes first, so that a message that
 * is never taken holds up no other; then what needs a person; then the oldest.
 */
export function pick(
  waiting: readonly Waiting[],
  settings: PickSettings,
  sentAt: readonly number[],
  now: number,
): Picked | null {
  const strands = [...Map.groupBy(waiting, strandOf).values()].toSorted(byUrgency);
  const [first] = strands;
  if (first === undefined) return null;
  // Later than now: the clock was set back.
  const recent = sentAt.filter((at) => at > now - settings.withinMs && at <= now);
  if (recent.length < settings.after && strands.length <= settings.after) return single(first, settings);
  const until = earliest(waiting, settings, recent);
  if (now < until) return { what: 'wait', until };
  return strands.length === 1 ? single(first, settings) : digestOf(strands, settings.mostInDigest);
}

function earliest(waiting: readonly Waiting[], settings: PickSettings, recent: readonly number[]): number {
  const [oldest] = recent;
  const newest = recent.at(-1);
  if (oldest === undefined || newest === undefined || recent.length < settings.after) return 0;
  const windowEnds = oldest + settings.withinMs;
  const isUrgent = waiting.some(({ notice }) => notice.kind === 'needs-person');
  return isUrgent ? Math.min(windowEnds, newest + personWaitsMs) : windowEnds;
}

function single(strand: readonly Waiting[], { gathers }: PickSettings): Picked | null {
  const [head, ...rest] = strand;
  if (head === undefined) return null;
  return { what: 'send', rows: gathers ? [head, ...rest] : [head], digest: false };
}

/** The most urgent incidents that it holds, their notices in the order in which they came. */
function digestOf(strands: readonly (readonly Waiting[])[], most: number): Picked | null {
  const chosen = strands.flat().slice(0, Math.max(1, most));
  const [head, ...rest] = chosen.toSorted((left, right) => left.row - right.row);
  return head === undefined ? null : { what: 'send', rows: [head, ...rest], digest: true };
}

function byUrgency(left: readonly Waiting[], right: readonly Waiting[]): number {
  return failures(left) - failures(right) || needs(right) - needs(left) || rowOf(left) - rowOf(right);
}

function failures(strand: readonly Waiting[]): number {
  return strand[0]?.attempts ?? 0;
}

function needs(strand: readonly Waiting[]): number {
  return strand.some(({ notice }) => notice.kind === 'needs-person') ? 1 : 0;
}

function rowOf(strand: readonly Waiting[]): number {
  return strand[0]?.row ?? 0;
}
