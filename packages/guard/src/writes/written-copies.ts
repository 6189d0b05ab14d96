import type { CachedCopies } from '../runtime/cached-copies.ts';
import type { Core } from '../runtime/core.ts';
import type { Change } from './kept-write.ts';

/** The cached copies as writes change them. */
export class WrittenCopies<Handle> {
  readonly #core: Core<Handle>;
  readonly #copies: CachedCopies<Handle>;

  constructor(core: Core<Handle>, copies: CachedCopies<Handle>) {
    this.#core = core;
    this.#copies = copies;
  }

  /** What is being loaded now may be older than the copy will be. */
  overtakeLoads(key: string): void {
    this.#copies.overtakeLoads(key);
  }

  change(key: string, change: Change, pending: boolean): Promise<void> {
    this.#copies.overtakeLoads(key);
    const work = async () => {
      const copy = await this.#copies.get(key);
      if (copy === null) return;
      const value = this.changed(key, change, copy?.value);
      if (value === undefined) return;
      const storedAt = copy?.storedAt ?? this.#core.clock.wall();
      await this.#copies.set(key, { value, storedAt, pending: pending || copy?.pending === true });
    };
    return this.#copies.inOrder(key, work, () => {});
  }

  /** No write of the key waits any more, as far as `waits` says so when it comes to it. */
  settle(key: string, waits: () => boolean): Promise<void> {
    const work = async () => {
      const copy = await this.#copies.get(key);
      if (copy?.pending === true && !waits()) {
        await this.#copies.set(key, { value: copy.value, storedAt: copy.storedAt, pending: false });
      }
    };
    return this.#copies.inOrder(key, work, () => {});
  }

  changed(key: string, change: Change, value: unknown): unknown {
    try {
      return change(value);
    } catch (error) {
      this.#copies.failed(key, 'apply', error);
      return undefined;
    }
  }
}
