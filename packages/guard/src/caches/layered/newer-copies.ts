/** The keys whose copy in memory is newer than the shared one. Bounded: the oldest are forgotten first. */
export class NewerCopies {
  readonly #maximum: number;
  readonly #changes = new Map<string, number>();
  #change = 0;

  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  has(key: string): boolean {
    return this.#changes.has(key);
  }

  /** The copy was changed; to be given to `stored` when the shared cache has it. */
  add(key: string): number {
    this.#change += 1;
    this.#changes.delete(key);
    this.#changes.set(key, this.#change);
    for (const oldest of this.#changes.keys()) {
      if (this.#changes.size <= this.#maximum) break;
      this.#changes.delete(oldest);
    }
    return this.#change;
  }

  /** The shared cache has this change; a later one may still be on its way. */
  stored(key: string, change: number): void {
    if (this.#changes.get(key) === change) this.#changes.delete(key);
  }

  delete(key: string): void {
    this.#changes.delete(key);
  }
}
