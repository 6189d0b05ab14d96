/** An instant that concerns an instance. */
export interface Instant {
  readonly at: number;
  readonly instance: string;
}

interface Timed {
  readonly at: number;
}

/** A binary heap, the earliest first. Entries that went stale are left in and skipped when they come up. */
export type Heap<Entry extends Timed = Instant> = Entry[];

export function pushInstant<Entry extends Timed>(heap: Heap<Entry>, instant: Entry): void {
  pushEntry(heap, instant, isEarlier);
}

export function popInstant<Entry extends Timed>(heap: Heap<Entry>): Entry | undefined {
  return popEntry(heap, isEarlier);
}

/** Drops stale entries once they outnumber the living, so that a flapping instance cannot grow the heap. */
export function compactHeap(heap: Heap, living: number, isValid: (instant: Instant) => boolean): void {
  if (heap.length <= 2 * living + 64) return;
  const kept = heap.filter(isValid);
  heap.length = 0;
  for (const instant of kept) pushInstant(heap, instant);
}

/**
 * The first that are valid, in order, at most `limit`; of two at one time either may come first. Leaves the heap as it
 * is, and looks no deeper into it than it must.
 */
export function earliestEntries<Entry extends Timed>(
  heap: Heap<Entry>,
  limit: number,
  isValid: (entry: Entry) => boolean,
): readonly Entry[] {
  const found: Entry[] = [];
  const reached: { readonly at: number; readonly index: number }[] = [];
  const reach = (index: number) => {
    const entry = heap[index];
    if (entry !== undefined) pushInstant(reached, { at: entry.at, index });
  };
  reach(0);
  for (let next = popInstant(reached); next !== undefined && found.length < limit; ) {
    const entry = heap[next.index];
    if (entry !== undefined && isValid(entry)) found.push(entry);
    reach(2 * next.index + 1);
    reach(2 * next.index + 2);
    next = popInstant(reached);
  }
  return found;
}

/** Puts an entry into a binary heap whose first is the one that `isBefore` all others. */
export function pushEntry<Entry>(heap: Entry[], entry: Entry, isBefore: IsBefore<Entry>): void {
  let index = heap.length;
  heap.push(entry);
  while (index > 0) {
    const parentIndex = (index - 1) >>> 1;
    const parent = heap[parentIndex];
    if (parent === undefined || !isBefore(entry, parent)) break;
    heap[index] = parent;
    index = parentIndex;
  }
  heap[index] = entry;
}

/** Takes the first entry out. */
export function popEntry<Entry>(heap: Entry[], isBefore: IsBefore<Entry>): Entry | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (last !== undefined && heap.length > 0) sink(heap, last, isBefore);
  return first;
}

type IsBefore<Entry> = (left: Entry, right: Entry) => boolean;

function isEarlier(left: Timed, right: Timed): boolean {
  return left.at < right.at;
}

function sink<Entry>(heap: Entry[], moved: Entry, isBefore: IsBefore<Entry>): void {
  let index = 0;
  for (;;) {
    const leftIndex = 2 * index + 1;
    const left = heap[leftIndex];
    if (left === undefined) break;
    const right = heap[leftIndex + 1];
    const child = right !== undefined && isBefore(right, left) ? right : left;
    if (!isBefore(child, moved)) break;
    heap[index] = child;
    index = child === left ? leftIndex : leftIndex + 1;
  }
  heap[index] = moved;
}
