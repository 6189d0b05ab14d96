import type { Client, QueryConfig, QueryResult, Submittable } from 'pg';
import type { Classification, Lease } from '../../adapter.ts';
import { beginTransaction, type TransactionMode } from '../../transaction/transactional.ts';
import { AdapterError, callEnded } from '../adapter-error.ts';
import { PendingAnswers } from '../pending-answers.ts';
import { cancelRunning } from './cancel.ts';
import { isBusy, isInTransaction } from './client-state.ts';
import { wrongForm } from './face.ts';
import type { CallbackQuery, PgHandle } from './handle.ts';
import { PgTransaction } from './open-transaction.ts';
import { blamesServer, classify, judged } from './own-errors.ts';
import { refusingClient } from './refusing-client.ts';
import type { Turns } from './turns.ts';

/** A use of the client by a call: one query, or all that `withClient` does. */
interface Use {
  readonly mayOpenTransaction: boolean;
  holdsTurn: boolean;
  stopWaiting: () => void;
  transaction?: PgTransaction;
  /** It is that of a cursor or a stream, until the call ends. */
  submitted?: boolean;
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
  #asked = false;
  #sent = false;
  #unseen = false;
  #failure = false;
  #readOnly = false;
  readonly #answers = new PendingAnswers();

  constructor(client: Client, turns: Turns, maximumWaiting: number) {
    this.#client = client;
    this.#turns = turns;
    this.#maximumWaiting = maximumWaiting;
    this.handle = this;
  }

  query(query: string | QueryConfig, values?: readonly unknown[], callback?: unknown): Promise<QueryResult> {
    const refusal = wrongForm(query, values, callback);
    if (refusal !== null) return Promise.reject(refusal);
    return this.#answers.follow(() => this.#query(query, values));
  }

  async #query(query: string | QueryConfig, values?: readonly unknown[]): Promise<QueryResult> {
    const use = await this.#takeTurn(false);
    const driver: CallbackQuery = this.#client;
    return new Promise((resolve, reject) => {
      try {
        driver.query(query, values, (error, result) => {
          this.#passTurn(use);
          if (!error) return resolve(result);
          this.#failed(error);
          reject(error);
        });
      } catch (error) {
        this.#passTurn(use);
        this.#failed(error);
        reject(error);
      }
    });
  }

  async withClient<Result>(work: (client: Client) => PromiseLike<Result> | Result): Promise<Result> {
    const use = await this.#takeTurn(true);
    try {
      // A function that goes on after its deadline must not write outside the transaction that was rolled back.
      const reason = () => (this.#state === 'abandoned' ? callEnded(true) : null);
      return await work(refusingClient(this.#client, reason, (error) => this.#failed(error)));
    } finally {
      if (use.holdsTurn && isInTransaction(this.#client)) await settled(this.#client, 'ROLLBACK');
      this.#passTurn(use);
    }
  }

  async [beginTransaction](mode: TransactionMode): Promise<PgTransaction> {
    const use = await this.#takeTurn(true, false);
    this.#readOnly = mode.readOnly === true;
    const onEnded = (unsettled: boolean): void => {
      this.#sent ||= transaction.commitSent;
      this.#forget(use);
      // The client is borrowed and cannot be evicted: whoever is next waits until the server has answered.
      if (unsettled) void settled(this.#client, 'ROLLBACK').then(() => this.#turns.pass());
      else this.#turns.pass();
    };
    const transaction = new PgTransaction(this.#client, onEnded, (error) => this.#failed(error));
    use.transaction = transaction;
    return transaction.begin(mode);
  }

  async submit<Source extends Submittable>(source: Source): Promise<Source> {
    const use = await this.#takeTurn(false);
    use.submitted = true;
    this.#unseen = true;
    return this.#client.query(source);
  }

  abandon(): void {
    if (this.#state !== 'running') return;
    this.#waitedForOwnPool = this.waitsForOwnPool();
    this.#state = 'abandoned';
    this.#answers.abandon();
    for (const use of this.#uses.splice(0)) {
      use.stopWaiting();
      if (use.transaction !== undefined) {
        this.#turns.overdue = true;
        use.transaction.abandon();
      } else if (use.holdsTurn) this.#freeClient(use);
    }
  }

  waitsForOwnPool(): boolean {
    if (this.#state === 'abandoned') return this.#waitedForOwnPool;
    return !this.#uses.some((use) => (use.holdsTurn ? isBusy(this.#client) : this.#turns.overdue));
  }

  mayHaveSent(): boolean {
    // A function that never asked reached the server by a way of its own, or not at all.
    if (this.#sent || !this.#asked) return true;
    return this.#uses.some(({ transaction }) => transaction?.commitSent === true);
  }

  judge(meaning: Classification): Classification {
    return judged(meaning, {
      all: this.#asked && !this.#unseen,
      failure: this.#failure,
      readOnly: this.#readOnly,
      running: this.#uses.some(({ holdsTurn }) => holdsTurn),
    });
  }

  end(): void {
    if (this.#state !== 'running') return;
    this.#state = 'ended';
    for (const use of this.#uses.filter(({ submitted }) => submitted)) {
      // Queued behind what the server still owes of it, so that the next call does not meet it.
      this.#forget(use);
      if (isBusy(this.#client)) void settled(this.#client, 'SELECT 1').then(() => this.#turns.pass());
      else this.#turns.pass();
    }
  }

  #takeTurn(mayOpenTransaction: boolean, sends = true): Promise<Use> {
    this.#asked = true;
    return new Promise((resolve, reject) => {
      if (this.#state !== 'running') return reject(callEnded(this.#state === 'abandoned'));
      if (this.#turns.waitingCount >= this.#maximumWaiting) return reject(tooManyWaiting(this.#turns));
      const use: Use = { mayOpenTransaction, holdsTurn: false, stopWaiting: () => {} };
      this.#uses.push(use);
      const stopWaiting = this.#turns.take(() => {
        use.holdsTurn = true;
        this.#sent ||= sends;
        resolve(use);
      });
      use.stopWaiting = () => {
        stopWaiting();
        reject(callEnded(true));
      };
    });
  }

  /** A query of this call; `undefined`: nobody sees with what. */
  #failed(error: unknown): void {
    if (error === undefined) this.#unseen = true;
    else this.#failure ||= blamesServer(classify(error), this.#readOnly);
  }

  #passTurn(use: Use): void {
    if (this.#forget(use)) this.#turns.pass();
  }

  /** False where it is not this call's any more. */
  #forget(use: Use): boolean {
    const index = this.#uses.indexOf(use);
    if (index >= 0) this.#uses.splice(index, 1);
    return index >= 0;
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
