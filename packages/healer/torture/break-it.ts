import { DatabaseSync } from 'node:sqlite';
import type { Store, Transaction } from '../src/store/store.ts';
import type { Defect } from './defects.ts';
import type { TortureBackend } from './torture-backend.ts';

const lateMs = 40;

/** Puts in what must be there before the store is opened. */
export function installDefect(defect: Defect | null): void {
  if (defect !== 'acknowledges-early') return;
  const exec = DatabaseSync.prototype.exec;
  let isOpen = false;
  DatabaseSync.prototype.exec = function (sql: string) {
    if (sql === 'BEGIN IMMEDIATE' && isOpen) return;
    if (sql !== 'COMMIT') {
      exec.call(this, sql);
      isOpen ||= sql === 'BEGIN IMMEDIATE';
      return;
    }
    // Several commits become one, and each of them is told at once that it is done.
    setTimeout(() => {
      if (isOpen) exec.call(this, 'COMMIT');
      isOpen = false;
    }, lateMs);
  };
}

/** The store with the defect put in. */
export function withDefect(store: Store, defect: Defect | null, backends: readonly TortureBackend[]): Store {
  const commit = (change: (transaction: Transaction) => Transaction): Store => ({
    ...bound(store),
    commit: (transaction) => store.commit(change(transaction)),
  });
  switch (defect) {
    case 'forgets-attempts':
      return { ...bound(store), load: async () => ({ ...(await store.load()), openAttempts: [] }) };
    case 'acts-before-intent':
      return {
        ...bound(store),
        commit: async (transaction) => {
          for (const command of transaction.outboxAdd) {
            if (command.type !== 'dispatch') continue;
            backends.find(({ actions }) => actions.has(command.order.action))?.sendEarly(command.order);
            // As long as a slow disk takes.
            await new Promise((resolve) => setTimeout(resolve, lateMs));
          }
          return store.commit(transaction);
        },
      };
    case 'miscounts':
      return commit((transaction) => {
        const ledger = transaction.states.get('ledger') as { executed: number } | undefined;
        if (ledger === undefined || ledger.executed === 0) return transaction;
        const wrong = { ...ledger, executed: ledger.executed - 1 };
        return { ...transaction, states: new Map([...transaction.states, ['ledger', wrong]]) };
      });
    default:
      return store;
  }
}

function bound(store: Store): Store {
  return {
    load: () => store.load(),
    commit: (transaction) => store.commit(transaction),
    read: (query) => store.read(query),
    hasSignal: (key) => store.hasSignal(key),
    incidents: (query) => store.incidents(query),
    close: () => store.close(),
  };
}
