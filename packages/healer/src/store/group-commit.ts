import type { PreparedTransaction } from './sqlite-writer.ts';
import { prepareTransaction } from './sqlite-writer.ts';
import type { CommitReceipt, Transaction } from './store.ts';
import { StoreError } from './store-error.ts';

/** Transactions that wait for one fsync. More than this in one turn is a fault of the caller. */
const waitingLimit = 10_000;

interface Waiting {
  readonly prepared: PreparedTransaction;
  readonly resolve: (receipt: CommitReceipt) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gathers what is committed in one turn of the event loop and writes it as one transaction with one fsync.
 * Where the write fails, nothing of the group was written and each caller is told.
 */
export class GroupCommit {
  readonly #write: (group: readonly PreparedTransaction[]) => readonly CommitReceipt[];
  #waiting: Waiting[] = [];
  #scheduled: NodeJS.Immediate | null = null;

  constructor(write: (group: readonly PreparedTransaction[]) => readonly CommitReceipt[]) {
    this.#write = write;
  }

  async add(transaction: Transaction): Promise<CommitReceipt> {
    if (this.#waiting.length >= waitingLimit) {
      throw new StoreError(
        'store-busy',
        `more than ${waitingLimit} transactions wait for the disk: try later`,
      );
    }
    const prepared = prepare(transaction);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ prepared, resolve, reject });
      this.#scheduled ??= setImmediate(() => this.flush());
    });
  }

  /** Writes at once what waits. */
  flush(): void {
    if (this.#scheduled !== null) {
      clearImmediate(this.#scheduled);
      this.#scheduled = null;
    }
    const group = this.#waiting;
    if (group.length === 0) {
      return;
    }
    this.#waiting = [];
    let receipts: readonly CommitReceipt[];
    try {
      receipts = this.#write(group.map((waiting) => waiting.prepared));
    } catch (error) {
      for (const waiting of group) {
        waiting.reject(error);
      }
      return;
    }
    for (const [index, waiting] of group.entries()) {
      const receipt = receipts[index];
      if (receipt === undefined) {
        waiting.reject(new StoreError('store-failed', 'the store gave no receipt for a transaction'));
      } else {
        waiting.resolve(receipt);
      }
    }
  }
}

/** Before it joins the group, so that a value that is not JSON fails alone. */
function prepare(transaction: Transaction): PreparedTransaction {
  try {
    return prepareTransaction(transaction);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StoreError('store-not-json', `a value that is to be stored is not JSON: ${why}`, { cause });
  }
}
