import type { LogEntry } from '@prunella/core';
import type { Engine } from '../../../src/engine/engine.ts';
import type { Store, Transaction } from '../../../src/store/store.ts';
import { storeWith } from '../../store/store-with.ts';
import type { Defect } from './embedded-harness.ts';

function onStore(change: (store: Store) => Partial<Store>): Defect {
  return {
    store: (store) => storeWith(store, change(store)),
  };
}

function onCommit(change: (transaction: Transaction) => Transaction): Defect {
  return onStore((store) => ({ commit: (transaction) => store.commit(change(transaction)) }));
}

function onEngine(change: (engine: Engine) => Partial<Engine>): Defect {
  return {
    running: (running) => ({
      ...running,
      engine: new Proxy(running.engine, {
        get(engine, name) {
          const changed: unknown = Reflect.get(change(engine), name);
          const value: unknown = changed ?? Reflect.get(engine, name, engine);
          return typeof value === 'function' ? value.bind(engine) : value;
        },
      }),
    }),
  };
}

function byIdAlone(key: string): string {
  return JSON.stringify(JSON.parse(key).at(-1));
}

/** For each check an engine that is wrong in just that. */
export const defects: Readonly<Record<string, Defect>> = {
  'keeps a signal that it acknowledged, and knows it again after a kill': onStore(() => ({
    hasSignal: async () => false,
  })),
  'takes a signal that comes twice at the same moment once': onEngine((engine) => {
    let number = 0;
    return {
      signal: (signal) => {
        number += 1;
        return engine.signal({ ...signal, id: `${signal.id} ${number} ${Math.random()}` });
      },
    };
  }),
  'takes a signal of each resource and type for itself, whatever had its id': onStore((store) => ({
    hasSignal: (key) => store.hasSignal(byIdAlone(key)),
    commit: (transaction) =>
      store.commit({
        ...transaction,
        signals: transaction.signals.map(({ key, at }) => ({ key: byIdAlone(key), at })),
      }),
  })),
  'keeps the kill switch over a kill, and grants nothing until it is lifted': onCommit((transaction) => ({
    ...transaction,
    states: new Map([...transaction.states].filter(([key]) => key !== 'fleet')),
  })),
  "keeps a person's command that it accepted": onEngine(() => ({
    command: async () => ({ accepted: true, note: 'as you say' }),
  })),
  'accounts for every trigger, also over a kill': {
    running: (running) => ({
      ...running,
      ledger: async () => ({ ...(await running.ledger()), suppressed: 7 }),
    }),
  },
  'tells a listener nothing that a kill undoes': onEngine((engine) => {
    return {
      onLog(listener) {
        const early: LogEntry = {
          sequence: 1_000,
          at: 1,
          resource: 'conformance/one',
          incident: null,
          event: { type: 'suspicion-ended', reason: 'not written yet' },
        };
        setImmediate(() => listener(early));
        return engine.onLog(listener);
      },
    };
  }),
  'tells each entry once, in the order of its number, as the log has it': onEngine((engine) => ({
    onLog: (listener) =>
      engine.onLog((entry) => {
        listener(entry);
        listener(entry);
      }),
  })),
  'reads the log by resource and by page without a gap': onStore((store) => ({
    read: async (query) => {
      const entries = await store.read(query);
      return (query.after ?? 0) > 0 ? entries.slice(1) : entries;
    },
  })),
  'has the intent in its memory before the order leaves': onCommit((transaction) => ({
    ...transaction,
    events: transaction.events.filter(({ event }) => event.type !== 'attempt-intended'),
  })),
  'sends an order once, and looks for it after a kill': {
    backend: (backend) => ({
      ...backend,
      find(order, reference, context) {
        void backend.dispatch(order, context);
        return backend.find(order, reference, context);
      },
    }),
  },
  'looks for an order by the reference that it was told': onStore((store) => ({
    load: async () => {
      const stored = await store.load();
      const openAttempts = stored.openAttempts.map((attempt) => ({ ...attempt, reference: null }));
      return { ...stored, openAttempts };
    },
  })),
  'gives an order that was found its result, once': onCommit((transaction) => ({
    ...transaction,
    attempts: transaction.attempts.map((attempt) => ({ ...attempt, ended: false })),
  })),
  'has at most one attempt in flight at a resource': {
    backend: (backend) => ({
      ...backend,
      dispatch(order, context) {
        void backend.dispatch({ ...order, attempt: `${order.attempt} again` }, context);
        return backend.dispatch(order, context);
      },
    }),
  },
  'gives fences that only grow, also over a kill': onStore((store) => ({
    load: async () => {
      const stored = await store.load();
      const states = new Map(stored.states);
      const fleet = states.get('fleet');
      if (typeof fleet === 'object' && fleet !== null) states.set('fleet', { ...fleet, fenceNumber: 0 });
      return { ...stored, states };
    },
  })),
  'leaves a running attempt to be found at an orderly stop, and takes nothing after it': onEngine(() => ({
    stop: async () => undefined,
  })),
  'lets no resource wait for the backend of another': {
    backend: (backend) => {
      let before: Promise<unknown> = Promise.resolve();
      return {
        ...backend,
        resolve(request, signal) {
          const mine = before.then(() => backend.resolve(request, signal));
          before = mine;
          return mine;
        },
      };
    },
  },
  'bounds the attempts of all resources together': onEngine(() => ({ pause: async () => undefined })),
  'acknowledges nothing that its memory refused': onEngine((engine) => ({
    signal: (signal) => engine.signal(signal).catch(() => ({ accepted: true, duplicate: false })),
  })),
  'does nothing that its memory refused, and goes on by itself': onStore((store) => ({
    commit: async (transaction) => {
      try {
        return await store.commit(transaction);
      } catch {
        return {
          outboxIds: transaction.outboxAdd.map((_, index) => index + 1),
          sequences: transaction.events.map((_, index) => index + 1),
        };
      }
    },
  })),
};
