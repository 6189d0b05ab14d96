import type { Client, Pool, PoolClient, QueryConfig, QueryResult, Submittable } from 'pg';
import type { Classification, Lease } from '../../adapter.ts';
import { beginTransaction, type TransactionMode } from '../../transaction/transactional.ts';
import { AdapterError, callEnded } from '../adapter-error.ts';
import { cancelRunning } from './cancel.ts';
import { isBusy, leftUnusable, mayLeaveTransactionOpen } from './client-state.ts';
import type { Connecting } from './connecting.ts';
import { abortOpening, destroy } from './destroy.ts';
import { faceOf, wrongForm } from './face.ts';
import type { CallbackQuery, PgHandle } from './handle.ts';
import { PgTransaction } from './open-transaction.ts';
import { blamesServer, judged } from './own-errors.ts';
import { newestClientOf } from './pool-inside.ts';

/** What all calls over one pool share. */
export interface GuardedPool {
  readonly pool: Pool;
  readonly maximumWaiting: number;
  classify(error: unknown): Classification;
  readonly connecting: Connecting;
}

/** One client on its way to, or with, a call. */
interface Checkout {
  /** When it was asked for, by `performance.now`, where every client of the pool was in use then. */
  readonly waitsSince: number | undefined;
  /** Opened for this very checkout, and not yet there. */
  opening: Client | undefined;
  client: PoolClient | undefined;
  transaction: PgTransaction | undefined;
  /** Its client belongs to a cursor or a stream, until the call ends. */
  submitted: boolean;
  /** It has not been given back or up. */
  mine: boolean;
}

type CheckedOut = (refused: unknown, checkout: Checkout, client: PoolClient | undefined) => void;

/**
 * One call over a pool. It checks clients out itself, so that it knows whether it still waits for one and can
 * evict just that one. Per query it does what `pool.query` does, with one promise less.
 */
export class PoolLease implements Lease<PgHandle>, PgHandle {
  readonly handle: PgHandle;
  readonly #guarded: GuardedPool;
  /** Most calls have one at a time, and no list for it. */
  #checkout: Checkout | null = null;
  #others: Checkout[] | null = null;
  #state: 'running' | 'abandoned' | 'ended' = 'running';
  #waitedForOwnPool = false;
  #asked = false;
  #sent = false;
  #unseen = false;
  #failure = false;
  #readOnly = false;

  constructor(guarded: GuardedPool) {
    this.#guarded = guarded;
    this.handle = this;
  }

  get state(): 'running' | 'abandoned' | 'ended' {
    return this.#state;
  }

  query(query: string | QueryConfig, values?: readonly unknown[], callback?: unknown): Promise<QueryResult> {
    const refusal = wrongForm(query, values, callback);
    if (refusal !== null) return Promise.reject(refusal);
    const answer = new Promise<QueryResult>((resolve, reject) => {
      const fail = (error: unknown): void => {
        // Its function may not have come to await it, and may never.
        if (this.#state === 'abandoned') queueMicrotask(() => answer.catch(ignore));
        reject(error);
      };
      this.#checkOut((refused, checkout, client) => {
        if (client === undefined) return fail(refused);
        const driver: CallbackQuery = client;
        this.#sent = true;
        try {
          driver.query(query, values, (error, result) => {
            this.#giveBack(checkout, error ? this.#spoils(error, query) : leftUnusable(client));
            if (error) fail(error);
            else resolve(result);
          });
        } catch (error) {
          this.#giveBack(checkout, true);
          this.#meaningOf(error);
          fail(error);
        }
      });
    });
    return answer;
  }

  async withClient<Result>(work: (client: Client) => PromiseLike<Result> | Result): Promise<Result> {
    const { checkout, client } = await this.#clientForWork();
    this.#sent = true;
    this.#unseen = true;
    let unwanted = false;
    // As code that checked a client out itself still does: given back now, the next call would share it with this one.
    const release = (reason?: Error | boolean): void => {
      unwanted ||= Boolean(reason);
    };
    try {
      const result = await work(faceOf(client, { release }));
      this.#giveBack(checkout, unwanted || leftUnusable(client));
      return result;
    } catch (error) {
      const unusable = unwanted || leftUnusable(client);
      this.#giveBack(checkout, unusable || this.#guarded.classify(error).evict);
      throw error;
    }
  }

  async [beginTransaction](mode: TransactionMode): Promise<PgTransaction> {
    const { checkout, client } = await this.#clientForWork();
    this.#readOnly = mode.readOnly === true;
    const onEnded = (evict: boolean): void => {
      this.#sent ||= transaction.commitSent;
      this.#forget(checkout);
      release(client, evict);
      if (evict) destroy(client);
    };
    const transaction = new PgTransaction(client, onEnded, (error) => {
      if (error === undefined) this.#unseen = true;
      else this.#meaningOf(error);
    });
    checkout.transaction = transaction;
    return transaction.begin(mode);
  }

  async submit<Source extends Submittable>(source: Source): Promise<Source> {
    const { checkout, client } = await this.#clientForWork();
    this.#sent = true;
    this.#unseen = true;
    checkout.submitted = true;
    return client.query(source);
  }

  abandon(): void {
    if (this.#state !== 'running') return;
    this.#waitedForOwnPool = this.waitsForOwnPool();
    this.#state = 'abandoned';
    for (const checkout of this.#all()) {
      checkout.mine = false;
      if (checkout.opening !== undefined) abortOpening(checkout.opening);
      if (checkout.client === undefined) continue;
      if (checkout.transaction !== undefined) {
        checkout.transaction.abandon();
        continue;
      }
      cancelRunning(checkout.client);
      release(checkout.client, true);
      destroy(checkout.client);
      this.#guarded.connecting.look(performance.now());
    }
  }

  waitsForOwnPool(): boolean {
    if (this.#state === 'abandoned') return this.#waitedForOwnPool;
    return !this.#all().some((checkout) => this.#isAtServer(checkout));
  }

  mayHaveSent(): boolean {
    // A function that never asked reached the server by a way of its own, or not at all.
    if (this.#sent || !this.#asked) return true;
    return this.#all().some(({ transaction }) => transaction?.commitSent === true);
  }

  judge(meaning: Classification): Classification {
    return judged(meaning, {
      all: this.#asked && !this.#unseen,
      failure: this.#failure,
      readOnly: this.#readOnly,
      running: this.#all().some(({ client }) => client !== undefined),
    });
  }

  end(): void {
    if (this.#state !== 'running') return;
    this.#state = 'ended';
    if (this.#checkout === null && this.#others === null) return;
    for (const checkout of this.#all().filter(({ submitted }) => submitted)) {
      this.#giveBack(checkout, checkout.client === undefined || leftUnusable(checkout.client));
    }
  }

  #isAtServer(checkout: Checkout): boolean {
    if (checkout.client !== undefined) return isBusy(checkout.client);
    if (checkout.waitsSince === undefined) return true;
    // A full pool whose clients did not get through for most of the wait is the server's doing. Shorter is what
    // follows the eviction of others, which had held the places.
    const now = performance.now();
    return this.#guarded.connecting.stuckMs(now) > (now - checkout.waitsSince) / 2;
  }

  #checkOut(then: CheckedOut): void {
    this.#asked = true;
    const { pool, maximumWaiting } = this.#guarded;
    // pg-pool lets calls queue, for an instant, also while it has idle clients or room.
    const placesFree = pool.idleCount + pool.options.max - pool.totalCount - pool.waitingCount;
    const poolWasFull = placesFree <= 0;
    const checkout: Checkout = {
      waitsSince: poolWasFull ? performance.now() : undefined,
      opening: undefined,
      client: undefined,
      transaction: undefined,
      submitted: false,
      mine: true,
    };
    if (this.#state !== 'running') {
      then(callEnded(this.#state === 'abandoned'), checkout, undefined);
      return;
    }
    if (poolWasFull && pool.waitingCount >= maximumWaiting) {
      then(tooManyWaiting(pool), checkout, undefined);
      return;
    }
    if (this.#checkout === null) this.#checkout = checkout;
    else {
      this.#others ??= [];
      this.#others.push(checkout);
    }
    const opensOne = !poolWasFull && pool.idleCount === 0;
    pool.connect((error, client) => {
      checkout.opening = undefined;
      if (!checkout.mine) {
        client?.release();
        then(callEnded(true), checkout, undefined);
        return;
      }
      if (client === undefined) {
        this.#forget(checkout);
        this.#meaningOf(error);
        then(error, checkout, undefined);
        return;
      }
      checkout.client = client;
      // Without a listener the death of a client that is checked out ends the process.
      client.on('error', ignore);
      then(undefined, checkout, client);
    });
    if (opensOne && checkout.client === undefined) {
      checkout.opening = newestClientOf(pool);
      this.#guarded.connecting.look(performance.now());
    }
  }

  #clientForWork(): Promise<{ checkout: Checkout; client: PoolClient }> {
    return new Promise((resolve, reject) => {
      this.#checkOut((refused, checkout, client) => {
        if (client === undefined) reject(refused);
        else resolve({ checkout, client });
      });
    });
  }

  #giveBack(checkout: Checkout, evict: boolean): void {
    if (this.#forget(checkout) && checkout.client !== undefined) release(checkout.client, evict);
  }

  #all(): Checkout[] {
    return [...(this.#checkout === null ? [] : [this.#checkout]), ...(this.#others ?? [])];
  }

  /** False where it is not this call's any more. */
  #forget(checkout: Checkout): boolean {
    if (!checkout.mine) return false;
    checkout.mine = false;
    if (this.#checkout === checkout) this.#checkout = null;
    else this.#others?.splice(this.#others.indexOf(checkout), 1);
    return true;
  }

  /** `pool.query` evicts after every error; a plain bad query leaves its client good. */
  #spoils(error: unknown, query: string | QueryConfig): boolean {
    const { kind, evict } = this.#meaningOf(error);
    return evict || kind !== 'caller' || mayLeaveTransactionOpen(query);
  }

  /** Of what a query of this call failed with. */
  #meaningOf(error: unknown): Classification {
    const meaning = this.#guarded.classify(error);
    this.#failure ||= blamesServer(meaning, this.#readOnly);
    return meaning;
  }
}

function release(client: PoolClient, evict: boolean): void {
  client.removeListener('error', ignore);
  try {
    client.release(evict);
  } catch {
    // The application's function has released it already.
  }
}

function tooManyWaiting(pool: Pool): AdapterError {
  return new AdapterError(
    'PRUNELLA_TOO_MANY_WAITING',
    `all ${pool.options.max} clients of the pool are in use and ${pool.waitingCount} calls wait for one: ` +
      'make the pool larger, the queries shorter, or raise maximumWaiting',
  );
}

function ignore(): void {}
