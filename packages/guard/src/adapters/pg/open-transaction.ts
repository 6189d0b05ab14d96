import type { Client } from 'pg';
import type { OpenTransaction, TransactionMode } from '../../transaction/transactional.ts';
import { AdapterError, callEnded } from '../adapter-error.ts';
import { cancelRunning } from './cancel.ts';
import { isBusy, leftUnusable } from './client-state.ts';
import { refusingClient } from './refusing-client.ts';

const abandonedMostMs = 2_000;

/** What becomes of the client: back to its pool, or given up. Called once. */
type Ended = (evict: boolean) => void;

/** A transaction on one client, from BEGIN to the answer of COMMIT or ROLLBACK. */
export class PgTransaction implements OpenTransaction<Client> {
  readonly client: Client;
  readonly #client: Client;
  readonly #onEnded: Ended;
  readonly #onFailed: (error: unknown) => void;
  #state: 'open' | 'committing' | 'over' = 'open';
  #missedDeadline = false;
  #ended = false;
  /** From then on nobody but the server knows what became of it, until it has answered. */
  commitSent = false;

  /** `onFailed` is told what its statements failed with; `undefined` where that cannot be seen. */
  constructor(client: Client, onEnded: Ended, onFailed: (error: unknown) => void) {
    this.#client = client;
    this.#onEnded = onEnded;
    this.#onFailed = onFailed;
    const reason = () => (this.#state === 'open' ? null : callEnded(this.#missedDeadline));
    this.client = refusingClient(client, reason, onFailed);
  }

  async begin({ isolation, readOnly }: TransactionMode): Promise<this> {
    const level = isolation === undefined ? '' : ` ISOLATION LEVEL ${isolation.toUpperCase()}`;
    const access = readOnly === undefined ? '' : readOnly ? ' READ ONLY' : ' READ WRITE';
    try {
      await this.#client.query(`BEGIN${level}${access}`);
      return this;
    } catch (error) {
      this.#onFailed(error);
      this.#end(true);
      throw error;
    }
  }

  async commit(): Promise<void> {
    if (this.#state !== 'open') throw callEnded(this.#missedDeadline);
    this.#state = 'committing';
    this.commitSent = true;
    try {
      const { command } = await this.#client.query('COMMIT');
      this.#end(leftUnusable(this.#client));
      if (command === 'ROLLBACK') throw rolledBack();
    } catch (error) {
      this.#onFailed(error);
      this.#end(leftUnusable(this.#client));
      throw error;
    }
  }

  async rollback(): Promise<void> {
    if (this.#state !== 'open') return;
    this.#state = 'over';
    await this.#sendRollback();
  }

  evict(): void {
    this.#end(true);
  }

  /** The deadline was missed. A COMMIT on its way is not cancelled: it may be done already. */
  abandon(): void {
    if (this.#state !== 'open') {
      this.#end(true);
      return;
    }
    this.#missedDeadline = true;
    this.#state = 'over';
    const timer = setTimeout(() => this.#end(true), abandonedMostMs);
    timer.unref();
    const rollback = () => this.#sendRollback().finally(() => clearTimeout(timer));
    if (isBusy(this.#client)) cancelRunning(this.#client, rollback);
    else rollback();
  }

  async #sendRollback(): Promise<void> {
    try {
      await this.#client.query('ROLLBACK');
      this.#end(leftUnusable(this.#client));
    } catch {
      this.#end(true);
    }
  }

  #end(evict: boolean): void {
    this.#state = 'over';
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnded(evict);
  }
}

function rolledBack(): AdapterError {
  return new AdapterError(
    'PRUNELLA_ROLLED_BACK',
    'the server rolled back at COMMIT, since a statement of this transaction had failed: let its error be thrown',
  );
}
