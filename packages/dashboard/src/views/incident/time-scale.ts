/** A stretch of time and where it is drawn, from 0 to 1. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly left: number;
  readonly right: number;
  /** Nothing happened in it, so it is drawn short. */
  readonly isIdle: boolean;
}

export interface TimeScale {
  readonly stretches: readonly Stretch[];
  /** From 0 to 1; what is outside lies at the edge. */
  place(at: number): number;
  /** The time at a place, the other way round. */
  timeAt(place: number): number;
}

const idleLeastMs = 5_000;
/** A stretch without an event that is at least this share of the whole is idle. */
const idleShare = 1 / 8;
/** Of the picture's width, for each idle stretch. */
const idleWidth = 0.06;
const idleMost = 8;

/** Time from `from` to `to`, with the stretches shortened in which none of the moments lies. */
export function timeScale(moments: readonly number[], from: number, to: number): TimeScale {
  const inside = [...new Set(moments.filter((at) => at > from && at < to))].sort(
    (left, right) => left - right,
  );
  const edges = [from, ...inside, Math.max(to, from + 1)];
  const gaps = edges.slice(1).map((edge, index) => ({ from: edges[index] ?? from, to: edge }));
  const whole = (edges.at(-1) ?? to) - from;
  const longest = gaps
    .filter((gap) => gap.to - gap.from >= Math.max(idleLeastMs, whole * idleShare))
    .sort((left, right) => right.to - right.from - (left.to - left.from))
    .slice(0, idleMost);
  // Where it is all one stretch there is nothing to make room for.
  const idle = new Set(gaps.length > 1 ? longest : []);
  const busyMs = gaps.reduce((sum, gap) => sum + (idle.has(gap) ? 0 : gap.to - gap.from), 0);
  const busyWidth = 1 - (busyMs === 0 ? 0 : idle.size * idleWidth);
  const idleEach = busyMs === 0 ? 1 / Math.max(1, idle.size) : idleWidth;
  const stretches: Stretch[] = [];
  let left = 0;
  for (const gap of gaps) {
    const isIdle = idle.has(gap);
    const width = isIdle ? idleEach : (busyWidth * (gap.to - gap.from)) / busyMs;
    stretches.push({ ...gap, left, right: left + width, isIdle });
    left += width;
  }
  return { stretches, place: (at) => placeIn(stretches, at), timeAt: (place) => timeIn(stretches, place) };
}

function placeIn(stretches: readonly Stretch[], at: number): number {
  const [first] = stretches;
  if (first === undefined || at <= first.from) return 0;
  const found = firstOf(stretches, ({ to }) => at <= to);
  if (found === undefined) return 1;
  const share = (at - found.from) / Math.max(1, found.to - found.from);
  return found.left + share * (found.right - found.left);
}

function timeIn(stretches: readonly Stretch[], place: number): number {
  const found = firstOf(stretches, ({ right }) => place <= right) ?? stretches.at(-1);
  if (found === undefined) return 0;
  const width = found.right - found.left;
  const share = width === 0 ? 0 : Math.min(1, Math.max(0, (place - found.left) / width));
  return found.from + share * (found.to - found.from);
}

/** By halving: an incident of thousands of events has thousands of stretches. */
function firstOf(stretches: readonly Stretch[], reaches: (stretch: Stretch) => boolean): Stretch | undefined {
  let low = 0;
  let high = stretches.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const stretch = stretches[middle];
    if (stretch !== undefined && reaches(stretch)) high = middle;
    else low = middle + 1;
  }
  return stretches[low];
}
