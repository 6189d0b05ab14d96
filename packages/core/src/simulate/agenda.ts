/** Virtual time: what is to happen, in its order. Items of one moment happen in the order they were set. */
export class Agenda {
  now: number;
  readonly #heap: Item[] = [];
  /** What an owner had set before its newest `drop` is passed over. */
  readonly #lives = new Map<string, number>();
  #count = 0;

  constructor(now: number) {
    this.now = now;
  }

  at(at: number, owner: string, run: () => void): void {
    this.#count += 1;
    const item = {
      at: Math.max(at, this.now),
      order: this.#count,
      owner,
      life: this.#lives.get(owner) ?? 0,
      run,
    };
    siftUp(this.#heap, item);
  }

  after(delayMs: number, owner: string, run: () => void): void {
    this.at(this.now + delayMs, owner, run);
  }

  /** Forgets all that this owner had set. */
  drop(owner: string): void {
    this.#lives.set(owner, (this.#lives.get(owner) ?? 0) + 1);
  }

  runUntil(end: number): void {
    for (let first = this.#heap[0]; first !== undefined && first.at <= end; first = this.#heap[0]) {
      takeFirst(this.#heap);
      if (first.life !== (this.#lives.get(first.owner) ?? 0)) continue;
      this.now = first.at;
      first.run();
    }
    this.now = end;
  }
}

interface Item {
  readonly at: number;
  readonly order: number;
  readonly owner: string;
  readonly life: number;
  readonly run: () => void;
}

function isBefore(left: Item, right: Item): boolean {
  return left.at < right.at || (left.at === right.at && left.order < right.order);
}

function siftUp(heap: Item[], item: Item): void {
  let index = heap.length;
  heap.push(item);
  while (index > 0) {
    const above = (index - 1) >> 1;
    const parent = heap[above];
    if (parent === undefined || isBefore(parent, item)) break;
    heap[index] = parent;
    index = above;
  }
  heap[index] = item;
}

function takeFirst(heap: Item[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let index = 0;
  for (;;) {
    const left = heap[2 * index + 1];
    const right = heap[2 * index + 2];
    if (left === undefined) break;
    const isRight = right !== undefined && isBefore(right, left);
    const child = isRight ? right : left;
    if (isBefore(last, child)) break;
    heap[index] = child;
    index = 2 * index + (isRight ? 2 : 1);
  }
  heap[index] = last;
}
