/** One line of an actioner's `--json`, as far as the demo reads it. */
export interface ActionerLine {
  readonly type: string;
  readonly id?: string;
  readonly cacheOnly?: boolean;
  readonly ageMs?: number;
  readonly pending?: boolean;
  readonly why?: string;
  readonly cid?: string;
  readonly failcount?: number | null;
  readonly reaction?: string;
}

/**
 * Accounts for every monitor result: sent, handled (and how often), and in the end found in the database's
 * history. Each of these comes from another process, so none can cover for another.
 */
export class Tally {
  readonly #sent = new Set<string>();
  readonly #handled = new Map<string, number>();
  readonly #duringOutage = new Set<string>();
  readonly #onCache = new Set<number>();
  readonly #back = new Set<number>();
  #reactionsDuringOutage = 0;
  #outage = false;
  #sentBefore: ReadonlySet<string> = new Set();

  beginOutage(): void {
    this.#outage = true;
    this.#sentBefore = new Set(this.#sent);
    this.#duringOutage.clear();
    this.#onCache.clear();
    this.#back.clear();
    this.#reactionsDuringOutage = 0;
  }

  endOutage(): void {
    this.#outage = false;
  }

  sent(id: string): void {
    this.#sent.add(id);
  }

  /** What changed for this instance with this line: each at most once in an outage. */
  told(instance: number, line: ActionerLine): 'on-cache' | 'back' | null {
    if (line.type === 'reaction' && line.cacheOnly === true) this.#reactionsDuringOutage += 1;
    if (line.type !== 'handled' || line.id === undefined) return null;
    this.#handled.set(line.id, (this.#handled.get(line.id) ?? 0) + 1);
    if (!this.#outage) return null;
    // Handled "during the outage" means sent since the break and without the database: its count was kept, not written.
    if (line.pending === true && !this.#sentBefore.has(line.id)) this.#duringOutage.add(line.id);
    if (line.cacheOnly === true) {
      this.#back.delete(instance);
      if (this.#onCache.has(instance)) return null;
      this.#onCache.add(instance);
      return 'on-cache';
    }
    if (!this.#onCache.has(instance) || this.#back.has(instance)) return null;
    this.#back.add(instance);
    return 'back';
  }

  get sentCount(): number {
    return this.#sent.size;
  }

  /** Since the outage began, also those after its end. */
  get sentSinceOutage(): number {
    return this.#sent.size - this.#sentBefore.size;
  }

  get handledDuringOutage(): number {
    return this.#duringOutage.size;
  }

  get instancesOnCache(): number {
    return this.#onCache.size;
  }

  get reactionsDuringOutage(): number {
    return this.#reactionsDuringOutage;
  }

  get unhandled(): number {
    return [...this.#sent].filter((id) => !this.#handled.has(id)).length;
  }

  /** Sent, and not handled exactly once, or not in the database's history. */
  lost(history: ReadonlySet<string>): readonly string[] {
    return [...this.#sent].filter((id) => this.#handled.get(id) !== 1 || !history.has(id));
  }
}
