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
  readonly #cacheOnlyInstances = new Map<number, number>();
  #reactionsDuringOutage = 0;
  #outage = false;

  beginOutage(): void {
    this.#outage = true;
    this.#duringOutage.clear();
    this.#cacheOnlyInstances.clear();
    this.#reactionsDuringOutage = 0;
  }

  endOutage(): void {
    this.#outage = false;
  }

  sent(id: string): void {
    this.#sent.add(id);
  }

  /** True where this instance goes on from cache for the first time in this outage. */
  told(instance: number, line: ActionerLine): boolean {
    if (line.type === 'reaction' && line.cacheOnly === true) this.#reactionsDuringOutage += 1;
    if (line.type !== 'handled' || line.id === undefined) return false;
    this.#handled.set(line.id, (this.#handled.get(line.id) ?? 0) + 1);
    // Handled "during the outage" means without the database: its count was kept, not written.
    if (!this.#outage || line.pending !== true) return false;
    this.#duringOutage.add(line.id);
    if (line.cacheOnly !== true || this.#cacheOnlyInstances.has(instance)) return false;
    this.#cacheOnlyInstances.set(instance, line.ageMs ?? 0);
    return true;
  }

  get sentCount(): number {
    return this.#sent.size;
  }

  get handledDuringOutage(): number {
    return this.#duringOutage.size;
  }

  get instancesOnCache(): number {
    return this.#cacheOnlyInstances.size;
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
