import type { KeptWrite } from './kept-write.ts';

/** Kept writes, for each key in the order in which they were begun, and which ones are still under way. */
export class KeyQueues {
  readonly #kept = new Map<string, KeptWrite[]>();
  readonly #underWay = new Map<string, Set<number>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  begin(key: string, order: number): void {
    const orders = this.#underWay.get(key) ?? new Set();
    if (orders.size === 0) this.#underWay.set(key, orders);
    orders.add(order);
  }

  end(key: string, order: number): void {
    const orders = this.#underWay.get(key);
    orders?.delete(order);
    if (orders?.size === 0) this.#underWay.delete(key);
  }

  has(key: string): boolean {
    return this.#kept.has(key);
  }

  of(key: string): readonly KeptWrite[] {
    return this.#kept.get(key) ?? [];
  }

  /** Also meets keys that are added meanwhile. */
  keys(): MapIterator<string> {
    return this.#kept.keys();
  }

  all(): KeptWrite[] {
    return [...this.#kept.values()].flat();
  }

  /** The first of the key; undefined where there is none, or where it cannot be made yet. */
  ready(key: string): KeptWrite | undefined {
    const first = this.#kept.get(key)?.[0];
    if (first === undefined || first.work === null || first.elsewhere) return undefined;
    // One that was begun earlier may yet fail and be kept: it would then be made after this one.
    for (const order of this.#underWay.get(key) ?? []) {
      if (order <= first.order) return undefined;
    }
    return first;
  }

  insert(write: KeptWrite): void {
    const queue = this.#kept.get(write.key) ?? [];
    if (queue.length === 0) this.#kept.set(write.key, queue);
    let place = queue.length;
    while (place > 0 && (queue[place - 1]?.order ?? 0) > write.order) place--;
    queue.splice(place, 0, write);
    this.#size++;
  }

  remove(write: KeptWrite): void {
    const queue = this.#kept.get(write.key);
    const place = queue?.indexOf(write) ?? -1;
    if (queue === undefined || place < 0) return;
    queue.splice(place, 1);
    this.#size--;
    if (queue.length === 0) this.#kept.delete(write.key);
  }

  /** The other keys come first from now on. */
  toEnd(key: string): void {
    const queue = this.#kept.get(key);
    if (queue === undefined) return;
    this.#kept.delete(key);
    this.#kept.set(key, queue);
  }

  clear(): void {
    this.#kept.clear();
    this.#size = 0;
  }
}
