import type { Client, QueryConfig, QueryResult } from 'pg';
import type { Lease } from '../../adapter.ts';
import { AdapterError, callEnded } from '../adapter-error.ts';
import { cancelRunning } from './cancel.ts';
import { isBusy, isInTransaction } from './client-state.ts';
import type { CallbackQuery, PgHandle } from './handle.ts';
import type { Turns } from './turns.ts';

/** A use of the client by a call: one query, or all that `withClient` does. */
interface Use {
  readonly mayOpenTransaction: boolean;
  holdsTurn: boolean;
  stopWaiting: () => void;
}

/**
 * One call over a single client. The guard cannot evict what it borrowed, so calls take turns: only then is it
 * known whose query a cancel request hits.
 */
export class ClientLease implements Lease<PgHandle>, PgHandle {
  readonly handle: PgHandle;
  readonly #client: Client;
  readonly #turns: Turns;
  readonly #maximumWaiting: number;
  readonly #uses: Use[] = [];
  #state: 'running' | 'abandoned' | 'ended' = 'running';
  #waitedForOwnPool = false;
  #sent = false;

  constructor(client: Client, turns: Turns, maximumWaiting: number) {
    this.#client = client;
    this.#turns = turns;
    this.#maximumWaiting = maximumWaiting;
    this.handle = this;
  }

  async query(query: string | QueryConfig, values?: readonly unknown[]): Promise<QueryResult> {
    const use = await this.#takeTurn(false);
    const driver: CallbackQuery = this.#client;
    return new Promise((resolve, reject) => {
      try {
        driver.query(query, values, (error, result) => {
          this.#passTurn(use);
          if (error) reject(error);
          else resolve(result);
        });
      } catch (error) {
        this.#passTurn(use);
        reject(error);
      }
    });
  }

  async withClient<Result>(work: (client: Client) => PromiseLike<Result> | Result): Promise<Result> {
    const use = await this.#takeTurn(true);
    try {
      return await work(this.#untilAbandoned());
    } finally {
      if (use.holdsTurn && isInTransaction(this.#client)) await settled(this.#client, 'ROLLBACK');
      this.#passTurn(use);
    }
  }

  abandon(): void {
    if (this.#state !== 'running') return;
    this.#waitedForOwnPool = this.waitsForOwnPool();
    this.#state = 'abandoned';
    for (const use of this.#uses.splice(0)) {
      use.stopWaiting();
      if (use.holdsTurn) this.#freeClient(use);
    }
  }

  waitsForOwnPool(): boolean {
    if (this.#state === 'abandoned') return this.#waitedForOwnPool;
    return !this.#uses.some((use) => (use.holdsTurn ? isBusy(this.#client) : this.#turns.overdue));
  }

  mayHaveSent(): boolean {
    return this.#sent;
  }

  end(): void {
    if (this.#state === 'running') this.#state = 'ended';
  }

  #takeTurn(mayOpenTransaction: boolean): Promise<Use> {
    return new Promise((resolve, reject) => {
      if (this.#state !== 'running') return reject(callEnded(this.#state === 'abandoned'));
      if (this.#turns.waitingCount >= this.#maximumWaiting) return reject(tooManyWaiting(this.#turns));
      const use: Use = { mayOpenTransaction, holdsTurn: false, stopWaiting: () => {} };
      this.#uses.push(use);
      const stopWaiting = this.#turns.take(() => {
        use.holdsTurn = true;
        this.#sent = true;
        resolve(use);
      });
      use.stopWaiting = () => {
        stopWaiting();
        reject(callEnded(true));
      };
    });
  }

  #passTurn(use: Use): void {
    const index = this.#uses.indexOf(use);
    if (index < 0) return;
    this.#uses.splice(index, 1);
    this.#turns.pass();
  }

  /** The turn passes on when the server has taken the cancel request and answered, and nothing is left open. */
  #freeClient(use: Use): void {
    use.holdsTurn = false;
    this.#turns.overdue = true;
    cancelRunning(this.#client, () => {
      void settled(this.#client, use.mayOpenTransaction ? 'ROLLBACK' : 'SELECT 1').then(() =>
        this.#turns.pass(),
      );
    });
  }

  /** A function that goes on after its deadline must not write outside the transaction that was rolled back. */
  #untilAbandoned(): Client {
    return new Proxy(this.#client, {
      get: (client, property) => {
        if (property === 'query' && this.#state === 'abandoned') return () => Promise.reject(callEnded(true));
        const value: unknown = Reflect.get(client, property);
        return typeof value === 'function' ? value.bind(client) : value;
      },
    });
  }
}

/** Queued behind what still runs, so answered when that is over. Never rejects. */
async function settled(client: Client, statement: 'ROLLBACK' | 'SELECT 1'): Promise<void> {
  await client.query(statement).catch(() => {});
}

function tooManyWaiting(turns: Turns): AdapterError {
  return new AdapterError(
    'PRUNELLA_TOO_MANY_WAITING',
    `${turns.waitingCount} calls wait for their turn on one client: use a pool, or raise maximumWaiting`,
  );
}
