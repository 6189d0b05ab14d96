import type { Pool } from 'pg';

/** Watches whether the clients that a pool is just opening get through to the server. */
export class Connecting {
  readonly #pool: Pool;
  #connected = 0;
  #watchers = 0;
  /** Since when clients are on their way and none has got through; undefined where none is. */
  #since: number | undefined;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** For how long, in ms, clients are on their way and none has got through; 0 where none is, or unwatched. */
  stuckMs(now: number): number {
    this.look(now);
    return this.#since === undefined ? 0 : now - this.#since;
  }

  /** To be called after whatever may have made the pool open a client: it has no event for that. */
  look(now: number): void {
    if (this.#watchers === 0 || this.#pool.totalCount <= this.#connected) this.#since = undefined;
    else this.#since ??= now;
  }

  watch(): () => void {
    this.#watchers += 1;
    if (this.#watchers === 1) {
      this.#connected = this.#pool.totalCount;
      this.#pool.on('connect', this.#onConnect);
      this.#pool.on('remove', this.#onRemove);
    }
    return () => {
      this.#watchers -= 1;
      if (this.#watchers > 0) return;
      this.#pool.removeListener('connect', this.#onConnect);
      this.#pool.removeListener('remove', this.#onRemove);
    };
  }

  readonly #onConnect = (): void => {
    this.#connected += 1;
    this.#since = undefined;
    this.look(performance.now());
  };

  readonly #onRemove = (): void => {
    this.#connected -= 1;
    this.look(performance.now());
  };
}
