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
  let index = heap.length;
  heap.push(instant);
  while (index > 0) {
    const parentIndex = (index - 1) >>> 1;
    const parent = heap[parentIndex];
    if (parent === undefined || parent.at <= instant.at) break;
    heap[index] = parent;
    index = parentIndex;
  }
  heap[index] = instant;
}

export function popInstant<Entry extends Timed>(heap: Heap<Entry>): Entry | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (last !== undefined && heap.length > 0) sink(heap, last);
  return first;
}

function sink<Entry extends Timed>(heap: Heap<Entry>, moved: Entry): void {
  let index = 0;
  for (;;) {
    const leftIndex = 2 * index + 1;
    const left = heap[leftIndex];
    if (left === undefined) break;
    const right = heap[leftIndex + 1];
    const child = right !== undefined && right.at < left.at ? right : left;
    if (child.at >= moved.at) break;
    heap[index] = child;
    index = child === left ? leftIndex : leftIndex + 1;
  }
  heap[index] = moved;
}

/** Drops stale entries once they outnumber the living, so that a flapping instance cannot grow the heap. */
export function compactHeap(heap: Heap, living: number, isValid: (instant: Instant) => boolean): void {
  if (heap.length <= 2 * living + 64) return;
  const kept = heap.filter(isValid);
  heap.length = 0;
  for (const instant of kept) pushInstant(heap, instant);
}
