import type { Notice, NoticeKind } from '../notice.ts';

/** A notice on its way to one channel. */
export interface Waiting {
  readonly row: number;
  readonly notice: Notice;
  /** Ms since the Unix epoch. */
  readonly queuedAt: number;
  /** Tries that failed. */
  readonly attempts: number;
}

/** What a person misses least goes first. */
const weights: Readonly<Record<NoticeKind, number>> = {
  attempt: 0,
  opened: 1,
  test: 2,
  paused: 2,
  alarm: 2,
  recovered: 3,
  'needs-person': 4,
};

/** Beyond it even what needs a person is only counted: a queue without an end helps nobody. */
const mostTimesLimit = 2;

/**
 * What must go so that at most `limit` wait: the lightest first, of these the oldest. What needs a person stays until
 * there is twice as much of it.
 */
export function surplusOf(waiting: readonly Waiting[], limit: number): readonly Waiting[] {
  const excess = waiting.length - limit;
  if (excess <= 0) return [];
  const byWeight = waiting
    .toSorted((left, right) => weightOf(left) - weightOf(right) || left.row - right.row)
    .slice(0, excess);
  const light = byWeight.filter(({ notice }) => notice.kind !== 'needs-person');
  const heavy = byWeight.length - light.length;
  const stay = waiting.length - light.length;
  const over = Math.min(heavy, Math.max(0, stay - limit * mostTimesLimit));
  return [...light, ...byWeight.slice(light.length, light.length + over)];
}

function weightOf({ notice }: Waiting): number {
  return weights[notice.kind];
}

/** Where order is kept: one incident; what belongs to none stands for itself. */
export function strandOf({ notice, row }: Waiting): string {
  return notice.incident ?? `${row}`;
}
