import type { Clock } from './clock.ts';

interface Entry {
  readonly key: string;
  readonly at: number;
}

/** The longest sleep: a clock that was set back or forward is noticed within this time. */
const longestSleepMs = 60_000;

/** One time for each key and one timer for all of them. A new time for a key replaces the old one. */
export class WakeQueue {
  readonly #clock: Clock;
  readonly #onDue: (keys: readonly string[]) => void;
  readonly #times = new Map<string, number>();
  /** A binary heap by time; an entry that is not what `#times` says was replaced and is passed over. */
  #heap: Entry[] = [];
  #cancelTimer: (() => void) | null = null;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, onDue: (keys: readonly string[]) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** Null: not at all any more. */
  set(key: string, at: number | null): void {
    if (at === null) {
      this.#times.delete(key);
      return;
    }
    if (this.#times.get(key) === at) {
      return;
    }
    this.#times.set(key, at);
    this.#push({ key, at });
    this.#compact();
    if (at < this.#timerAt) {
      this.#arm();
    }
  }

  /** The clock was set: what is due is due now, and the timer is set anew. */
  lookAgain(): void {
    this.#fire();
  }

  stop(): void {
    this.#times.clear();
    this.#heap = [];
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#timerAt = Number.POSITIVE_INFINITY;
  }

  #arm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.#dropReplaced();
    const next = this.#heap[0];
    if (next === undefined) {
      return;
    }
    this.#timerAt = next.at;
    const sleepMs = Math.min(Math.max(0, next.at - this.#clock.now()), longestSleepMs);
    this.#cancelTimer = this.#clock.after(sleepMs, () => this.#fire());
  }

  #fire(): void {
    const now = this.#clock.now();
    const due: string[] = [];
    for (;;) {
      this.#dropReplaced();
      const next = this.#heap[0];
      if (next === undefined || next.at > now) {
        break;
      }
      this.#pop();
      this.#times.delete(next.key);
      due.push(next.key);
    }
    this.#arm();
    if (due.length > 0) {
      this.#onDue(due);
    }
  }

  #dropReplaced(): void {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      if (this.#times.get(top.key) === top.at) {
        return;
      }
      this.#pop();
    }
  }

  /** Keeps the heap within a small multiple of the keys, however often they are set anew. */
  #compact(): void {
    if (this.#heap.length > 64 && this.#heap.length > 4 * this.#times.size) {
      this.#heap = [...this.#times].map(([key, at]) => ({ key, at })).sort((a, b) => a.at - b.at);
    }
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || parent.at <= entry.at) {
        break;
      }
      heap[index] = parent;
      index = above;
    }
    heap[index] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) {
      return;
    }
    let index = 0;
    for (;;) {
      const left = heap[2 * index + 1];
      const right = heap[2 * index + 2];
      if (left === undefined) {
        break;
      }
      const [child, childIndex] =
        right !== undefined && right.at < left.at ? [right, 2 * index + 2] : [left, 2 * index + 1];
      if (child.at >= last.at) {
        break;
      }
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = last;
  }
}
