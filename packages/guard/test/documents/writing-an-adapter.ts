// What docs/writing-an-adapter.md shows, as a program. The checks of the conformance suite run it.

// #region imports
import type { Adapter, Lease } from '@prunella/guard';
import { callEnded, classifyBy, untilAborted } from '@prunella/guard/adapter';
import type {
  StandInClient as Client,
  StandInPool as Pool,
  Question,
} from '../conformance/stand-in-driver.ts';

// #endregion

// #region rows
const classify = classifyBy([
  { name: 'bad-question', when: { code: 'MISTAKE' }, kind: 'caller' },
  { name: 'own-pool-ended', when: { code: 'ENDED' }, kind: 'local' },
  { name: 'still-loading', when: { text: /^LOADING / }, kind: 'starting' },
]);
// #endregion

// #region adapter
export function standInAdapter(pool: Pool): Adapter<StandInHandle> {
  return {
    driver: 'stand-in',
    classify,
    lease: () => new StandInLease(pool),
    async ping(signal) {
      signal.throwIfAborted();
      await untilAborted(pool.ask('plain'), signal);
    },
    watch(onFault) {
      const onError = (error: unknown): void => onFault(error);
      pool.on('error', onError);
      return () => pool.removeListener('error', onError);
    },
  };
}
// #endregion

// #region lease
export interface StandInHandle {
  ask(question: Question): Promise<string>;
}

class StandInLease implements Lease<StandInHandle> {
  readonly handle = { ask: (question: Question) => this.#ask(question) };
  readonly #pool: Pool;
  #held: Client | null = null;
  #waited: boolean | null = null; // what waitsForOwnPool was when the call was over
  #missed = false;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  abandon(): void {
    if (this.#waited !== null) return;
    this.#missed = true;
    this.end();
    if (this.#held !== null) this.#letGo(this.#held, true);
  }

  waitsForOwnPool(): boolean {
    return this.#waited ?? this.#held === null;
  }

  end(): void {
    this.#waited ??= this.#held === null;
  }

  async #ask(question: Question): Promise<string> {
    this.#refuseAfterEnd();
    const client = await this.#pool.checkOut();
    this.#held = client;
    try {
      this.#refuseAfterEnd();
      const answer = await client.ask(question);
      this.#letGo(client, false);
      return answer;
    } catch (error) {
      this.#letGo(client, classify(error).evict);
      throw error;
    }
  }

  #refuseAfterEnd(): void {
    if (this.#waited !== null) throw callEnded(this.#missed);
  }

  #letGo(client: Client, evict: boolean): void {
    if (this.#held !== client) return; // abandon was first
    this.#held = null;
    this.#pool.giveBack(client, evict);
  }
}
// #endregion
