import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineHarness, EngineMemory, EngineWorld, RunningEngine } from 'prunella/engine-conformance';
import type { Backend } from '../../../src/backends/backend.ts';
import type { Clock } from '../../../src/engine/clock.ts';
import { startEmbeddedEngine } from '../../../src/engine/embedded-engine.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import type { Ledger } from '../../../src/engine/ledger.ts';
import { openSqliteStore } from '../../../src/store/sqlite-store.ts';
import type { Store } from '../../../src/store/store.ts';
import { StoreError } from '../../../src/store/store-error.ts';

/** What a defect changes of an engine that is right. Each is applied at every start. */
export interface Defect {
  readonly store?: (store: Store) => Store;
  readonly backend?: (backend: Backend) => Backend;
  readonly running?: (running: RunningEngine) => RunningEngine;
}

type StartEngine = (world: EngineWorld, store: Store) => Promise<Engine & { ledger(): Ledger }>;

export function embeddedHarness(defect: Defect = {}): EngineHarness {
  return folderHarness(defect, (world, store) => startEmbeddedEngine({ ...world, store }));
}

/** An engine on a real store in a folder; its end in the middle is that nothing of it passes a gate. */
export function folderHarness(defect: Defect, startEngine: StartEngine): EngineHarness {
  return {
    async makeMemory() {
      const folder = await mkdtemp(join(tmpdir(), 'prunella-conformance-'));
      return new FolderMemory(folder, defect, startEngine);
    },
  };
}

class FolderMemory implements EngineMemory {
  readonly #folder: string;
  readonly #defect: Defect;
  readonly #startEngine: StartEngine;
  readonly #gate = { refuses: false };
  #store: Store | null = null;

  constructor(folder: string, defect: Defect, startEngine: StartEngine) {
    this.#folder = folder;
    this.#startEngine = startEngine;
    this.#defect = defect;
  }

  async start(world: EngineWorld): Promise<RunningEngine> {
    const { store: spoilStore = same, backend: spoilBackend = same, running: spoil = same } = this.#defect;
    const life = { isOver: false };
    const store = await openSqliteStore({ folder: this.#folder, now: () => world.clock.now() });
    this.#store = store;
    const engine = await this.#startEngine(
      {
        ...world,
        backends: world.backends.map((backend) => spoilBackend(untilOver(backend, life))),
        clock: clockUntilOver(world.clock, life),
      },
      spoilStore(gated(store, life, this.#gate)),
    );
    return spoil({
      engine,
      ledger: () => engine.ledger(),
      kill: async () => {
        if (life.isOver) return;
        life.isOver = true;
        await store.close();
      },
    });
  }

  refuse(refuses: boolean): void {
    this.#gate.refuses = refuses;
  }

  async drop(): Promise<void> {
    await this.#store?.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

interface Life {
  isOver: boolean;
}

const never = new Promise<never>(() => undefined);

function gated(store: Store, life: Life, gate: { readonly refuses: boolean }): Store {
  return {
    load: () => store.load(),
    read: (query) => (life.isOver ? never : store.read(query)),
    hasSignal: (key) => (life.isOver ? never : store.hasSignal(key)),
    incidents: (query) => (life.isOver ? never : store.incidents(query)),
    close: () => store.close(),
    async commit(transaction) {
      if (life.isOver) return never;
      if (gate.refuses) throw new StoreError('store-full', 'the disk of this check is full');
      const receipt = await store.commit(transaction);
      return life.isOver ? never : receipt;
    },
  };
}

function untilOver(backend: Backend, life: Life): Backend {
  return {
    name: backend.name,
    promises: backend.promises,
    actions: backend.actions,
    resolve: async (request, signal) => (life.isOver ? never : backend.resolve(request, signal)),
    ...(backend.resolveAtOnce !== undefined && {
      resolveAtOnce: (request) => backend.resolveAtOnce?.(request) ?? null,
    }),
    dispatch: async (order, context) => (life.isOver ? never : backend.dispatch(order, context)),
    find: async (order, reference, context) =>
      life.isOver ? never : backend.find(order, reference, context),
    check: (signal) => backend.check(signal),
    close: () => backend.close(),
  };
}

function clockUntilOver(clock: Clock, life: Life): Clock {
  return {
    now: () => clock.now(),
    after: (delayMs, callback) =>
      clock.after(delayMs, () => {
        if (!life.isOver) callback();
      }),
  };
}

function same<Value>(value: Value): Value {
  return value;
}
