/** Virtual time: what is to happen, in its order. Items of one moment happen in the order they were set. */
export class Agenda {
  now: number;
  #items: { readonly at: number; readonly owner: string; readonly run: () => void }[] = [];

  constructor(now: number) {
    this.now = now;
  }

  at(at: number, owner: string, run: () => void): void {
    const item = { at: Math.max(at, this.now), owner, run };
    const index = this.#items.findIndex((each) => each.at > item.at);
    if (index < 0) this.#items.push(item);
    else this.#items.splice(index, 0, item);
  }

  after(delayMs: number, owner: string, run: () => void): void {
    this.at(this.now + delayMs, owner, run);
  }

  /** Forgets all that this owner had set. */
  drop(owner: string): void {
    this.#items = this.#items.filter((each) => each.owner !== owner);
  }

  runUntil(end: number): void {
    for (let first = this.#items[0]; first !== undefined && first.at <= end; first = this.#items[0]) {
      this.#items.shift();
      this.now = first.at;
      first.run();
    }
    this.now = end;
  }
}
