import type { CachedValue } from '../cache.ts';
import type { GuardEvents } from '../events.ts';
import { bounded, DeadlineMissed } from './bounded.ts';
import type { Call } from './call.ts';
import type { Core } from './core.ts';

type Doing = GuardEvents['cache']['doing'];

/** The loads of one key that are under way. */
interface Load {
  count: number;
  overtaken: boolean;
  /** The newest of them, for reads that join it. */
  flight?: Flight;
}

/** The guarded call of a load; null until its function is called, as while it waits for the guard's limiter. */
export interface LoadingCall {
  call: Call | null;
  /** A read that waits for it has missed its own deadline, and that was counted. */
  missed: boolean;
}

/** A load that others may share, and the answer that comes of it. */
interface Flight {
  readonly deadlineMs: number;
  readonly merges: boolean;
  readonly under: LoadingCall;
  /** Never rejects. */
  readonly answer: Promise<unknown>;
}

/**
 * The cache as the guard uses it: work on one key goes in order, every answer is bounded in time, and a cache
 * that fails is an event, never an error of the call.
 */
export class CachedCopies<Handle> {
  readonly #core: Core<Handle>;
  readonly #last = new Map<string, Promise<unknown>>();
  readonly #loads = new Map<string, Load>();

  constructor(core: Core<Handle>) {
    this.#core = core;
  }

  /**
   * Runs the work after all earlier work on this key; `late` in its place where its turn took longer to come than
   * an answer of the cache may, so that a cache that hangs holds a key up once and not once for each call. Neither
   * may reject.
   */
  inOrder<Result>(key: string, work: () => Promise<Result>, late: () => Result): Promise<Result> {
    const before = this.#last.get(key);
    const mine = before === undefined ? work() : this.#inTurn(key, before, work, late);
    this.#last.set(key, mine);
    mine.then(() => {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    });
    return mine;
  }

  /** As `get`, after all earlier work on this key. No later work waits for it: it changes nothing. */
  look(key: string): Promise<CachedValue | undefined | null> {
    const before = this.#last.get(key);
    if (before === undefined) return this.get(key);
    return this.#inTurn(
      key,
      before,
      () => this.get(key),
      () => null,
    );
  }

  /** A load of this key begins; to be given to `endLoad`. */
  beginLoad(key: string): Load {
    const load = this.#loads.get(key) ?? { count: 0, overtaken: false };
    if (load.count === 0) this.#loads.set(key, load);
    load.count++;
    return load;
  }

  /** A load under way that began after the newest write of this key. */
  flight(key: string): Flight | undefined {
    return this.#loads.get(key)?.flight;
  }

  /** True where a write has changed the copy meanwhile: what was loaded may be older. */
  endLoad(key: string, load: Load): boolean {
    load.count--;
    if (load.count === 0 && this.#loads.get(key) === load) this.#loads.delete(key);
    return load.overtaken;
  }

  /** What is being loaded now may be older than the copy will be. */
  overtakeLoads(key: string): void {
    const load = this.#loads.get(key);
    if (load === undefined) return;
    load.overtaken = true;
    this.#loads.delete(key);
  }

  /** Undefined where there is none; null where the cache did not answer. */
  get(key: string): Promise<CachedValue | undefined | null> {
    return this.#within((cache) => cache.get(key)).then(
      (found) => {
        if (found === undefined || (Number.isFinite(found?.storedAt) && 'value' in found)) return found;
        this.failed(key, 'get', new TypeError('what was found is no cached value'));
        return undefined;
      },
      (error) => this.failed(key, 'get', error),
    );
  }

  async set(key: string, entry: CachedValue): Promise<void> {
    try {
      await this.#within((cache) => cache.set(key, entry));
    } catch (error) {
      this.failed(key, 'set', error);
    }
  }

  failed(key: string, doing: Doing, error: unknown): null {
    this.#core.emitter.emit('cache', { key, doing, error });
    return null;
  }

  async #inTurn<Result>(
    key: string,
    before: Promise<unknown>,
    work: () => Promise<Result>,
    late: () => Result,
  ): Promise<Result> {
    const { clock, settings } = this.#core;
    const askedAt = clock.now();
    await before;
    if (clock.now() - askedAt <= settings.cacheDeadlineMs) return work();
    this.failed(key, 'get', new DeadlineMissed(settings.cacheDeadlineMs, false));
    return late();
  }

  #within<Answer>(work: (cache: Core<Handle>['settings']['cache']) => Promise<Answer>): Promise<Answer> {
    const { clock, deadlines, settings } = this.#core;
    return bounded(clock, deadlines, settings.cacheDeadlineMs, () => work(settings.cache));
  }
}
