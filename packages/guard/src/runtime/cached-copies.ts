import type { CachedValue } from '../cache.ts';
import type { GuardEvents } from '../events.ts';
import { bounded } from './bounded.ts';
import type { Core } from './core.ts';

type Doing = GuardEvents['cache']['doing'];

/**
 * The cache as the guard uses it: work on one key goes in order, every answer is bounded in time, and a cache
 * that fails is an event, never an error of the call.
 */
export class CachedCopies<Handle> {
  readonly #core: Core<Handle>;
  readonly #last = new Map<string, Promise<unknown>>();

  constructor(core: Core<Handle>) {
    this.#core = core;
  }

  /** Runs the work after all earlier work on this key. The work must not reject. */
  inOrder<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(key);
    const mine = before === undefined ? work() : before.then(work);
    this.#last.set(key, mine);
    mine.then(() => {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    });
    return mine;
  }

  /** As `get`, after all earlier work on this key. No later work waits for it: it changes nothing. */
  look(key: string): Promise<CachedValue | undefined | null> {
    const before = this.#last.get(key);
    return before === undefined ? this.get(key) : before.then(() => this.get(key));
  }

  /** Undefined where there is none; null where the cache did not answer. */
  async get(key: string): Promise<CachedValue | undefined | null> {
    const found = await this.#within(key, 'get', (cache) => cache.get(key));
    if (found === null || found === undefined) return found;
    if (typeof found.storedAt === 'number' && 'value' in found) return found;
    this.failed(key, 'get', new TypeError('what was found is no cached value'));
    return undefined;
  }

  async set(key: string, entry: CachedValue): Promise<void> {
    await this.#within(key, 'set', (cache) => cache.set(key, entry));
  }

  failed(key: string, doing: Doing, error: unknown): null {
    this.#core.emitter.emit('cache', { key, doing, error });
    return null;
  }

  async #within<Answer>(
    key: string,
    doing: Doing,
    work: (cache: Core<Handle>['settings']['cache']) => Promise<Answer>,
  ): Promise<Answer | null> {
    const { clock, deadlines, settings } = this.#core;
    try {
      return await bounded(clock, deadlines, settings.cacheDeadlineMs, () => work(settings.cache));
    } catch (error) {
      return this.failed(key, doing, error);
    }
  }
}
