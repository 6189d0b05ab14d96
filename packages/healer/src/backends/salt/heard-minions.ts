import type { MinionReturn } from './client.ts';
import { isRecord } from './value.ts';

/**
 * Counted from when the question was sent, since its answer may be of any moment after that. The core itself goes by
 * targets that it was told up to five seconds before.
 */
const newEnoughMs = 2_000;

/**
 * Minions that said a moment ago that they are there, and which state runs are under way on them: so often as orders
 * for one minion follow each other, each brings the answer to the question that would come before the next.
 */
export class HeardMinions {
  readonly #now: () => number;
  /** By id, the earliest first. */
  readonly #askedAt = new Map<string, number>();

  /** `now`: ms of a clock that only goes forwards. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  now(): number {
    return this.#now();
  }

  take(minions: Iterable<string>, askedAt: number): void {
    for (const minion of minions) {
      if ((this.#askedAt.get(minion) ?? Number.NEGATIVE_INFINITY) >= askedAt) continue;
      this.#askedAt.delete(minion);
      this.#askedAt.set(minion, askedAt);
    }
    for (const [minion, at] of this.#askedAt) {
      if (this.#isNew(at)) return;
      this.#askedAt.delete(minion);
    }
  }

  /**
   * The state runs that an order's returns tell of. None where it took longer: of those of many minions some may be
   * over since, and would be believed to begin only now; whoever needs to know asks.
   */
  ofOrder(returns: ReadonlyMap<string, MinionReturn>, sentAt: number): ReadonlyMap<string, MinionReturn> {
    if (!this.#isNew(sentAt)) return new Map();
    const told = stateRunsOf(returns);
    this.take(told.keys(), sentAt);
    return told;
  }

  /** Whether nobody of them need be asked; false for nobody. */
  all(minions: readonly string[]): boolean {
    return (
      minions.length > 0 &&
      minions.every((minion) => this.#isNew(this.#askedAt.get(minion) ?? Number.NEGATIVE_INFINITY))
    );
  }

  #isNew(askedAt: number): boolean {
    return this.#now() - askedAt < newEnoughMs;
  }
}

/** What `prunella.apply` tells beside its own outcome: the state runs under way there when it had ended. */
export function stateRunsOf(returns: ReadonlyMap<string, MinionReturn>): ReadonlyMap<string, MinionReturn> {
  return new Map(
    [...returns].flatMap(([id, { value }]): [string, MinionReturn][] => {
      const runs = isRecord(value) && value['prunella'] === 1 ? value['state_runs'] : undefined;
      return Array.isArray(runs) ? [[id, { value: runs, retcode: null }]] : [];
    }),
  );
}
