import type { ReadAnswer, ReadRequest } from '../guard.ts';
import type { CachedCopies } from './cached-copies.ts';
import { tryRun } from './call.ts';
import { type Core, cannotWait, toError } from './core.ts';

/** Reads through the cache; what was answered from it is never written back. */
export class Reads<Handle> {
  readonly #core: Core<Handle>;
  readonly #copies: CachedCopies<Handle>;
  readonly #onModeChange: () => void;
  /** The age of the newest answer from the cache; null while reads are fresh. */
  cacheOnlyAgeMs: number | null = null;

  constructor(core: Core<Handle>, copies: CachedCopies<Handle>, onModeChange: () => void) {
    this.#core = core;
    this.#copies = copies;
    this.#onModeChange = onModeChange;
  }

  async read<Value>(request: ReadRequest<Handle, Value>, deadlineMs: number): Promise<ReadAnswer<Value>> {
    const { key, load, merge } = request;
    const loading = this.#copies.beginLoad(key);
    const outcome = await tryRun(this.#core, load, deadlineMs);
    const overtaken = this.#copies.endLoad(key, loading);
    if (outcome.ok) {
      this.#mode(null);
      const value =
        merge === undefined
          ? this.#store(key, outcome.value, overtaken)
          : await this.#merge(key, outcome.value, merge);
      return { value, cacheOnly: false, ageMs: 0, reason: null };
    }
    const reason = outcome.fault;
    if (cannotWait(reason)) throw toError(reason);
    const copy = await this.#copies.look(key);
    if (copy === undefined || copy === null) throw toError(reason);
    const ageMs = Math.max(0, this.#core.clock.wall() - copy.storedAt);
    this.#mode(ageMs);
    return { value: copy.value as Value, cacheOnly: true, ageMs, reason };
  }

  #mode(cacheOnlyAgeMs: number | null): void {
    const changed = (cacheOnlyAgeMs === null) !== (this.cacheOnlyAgeMs === null);
    this.cacheOnlyAgeMs = cacheOnlyAgeMs;
    if (changed) this.#onModeChange();
  }

  #store<Value>(key: string, fresh: Value, overtaken: boolean): Value {
    if (fresh === undefined) return fresh;
    const { writes } = this.#core;
    const value = writes === null ? fresh : writes.applyWaiting(key, fresh);
    // A write's own copy knows more; and whether the load saw a write that is just being replayed, nobody knows.
    if (!overtaken && !writes?.isReplaying(key)) {
      this.#copies.inOrder(
        key,
        () => this.#set(key, value),
        () => {},
      );
    }
    return value as Value;
  }

  /** Answers before the merged value is stored. */
  #merge<Value>(key: string, fresh: Value, merge: (fresh: Value, cached: Value) => Value): Promise<Value> {
    if (fresh === undefined) return Promise.resolve(fresh);
    return new Promise((resolve) => {
      const mergeAndSet = async () => {
        const copy = await this.#copies.get(key);
        // Not knowing the copy, it must not be overwritten: it may hold what only it knows.
        if (copy === null) return resolve(fresh);
        try {
          const mergeable = copy !== undefined && copy.value !== null && fresh !== null;
          const value = mergeable ? merge(fresh, copy.value as Value) : fresh;
          resolve(value);
          await this.#set(key, value);
        } catch (error) {
          this.#copies.failed(key, 'merge', error);
          resolve(fresh);
        }
      };
      this.#copies.inOrder(key, mergeAndSet, () => resolve(fresh));
    });
  }

  #set(key: string, value: unknown): Promise<void> {
    const storedAt = this.#core.clock.wall();
    return this.#copies.set(key, { value, storedAt, pending: this.#core.writes?.waitsFor(key) ?? false });
  }
}
