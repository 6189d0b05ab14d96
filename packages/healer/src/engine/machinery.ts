import { type LogEntry, nextFleetAt, type ResourceFacts, type ResourceInput } from '@prunella/core';
import type { Backend } from '../backends/backend.ts';
import type { StoredState } from '../store/store.ts';
import { AttemptRunner } from './attempt-runner.ts';
import type { Changes } from './changes.ts';
import { type Clock, systemClock } from './clock.ts';
import { CommitLoop, type LoopItem } from './commit-loop.ts';
import { DirectiveBoard } from './directive-board.ts';
import { ObserverDesk } from './observer-desk.ts';
import {
  defaultBackendConcurrency,
  defaultEngineSettings,
  type EmbeddedEngineOptions,
  type EngineSettings,
} from './options.ts';
import { Outbox } from './outbox.ts';
import { Prober } from './prober.ts';
import { startWorld } from './start-world.ts';
import type { StepContext } from './step.ts';
import { WakeQueue } from './wake-queue.ts';
import type { World } from './world.ts';

const observeKey = 'observe';
const fleetKey = 'fleet';
const resourceKeyPrefix = 'resource ';

/** The parts of the embedded engine and how they are connected. One place decides, writes, then acts: `loop`. */
export class Machinery {
  readonly options: EmbeddedEngineOptions;
  readonly settings: EngineSettings;
  readonly clock: Clock;
  readonly world: World;
  readonly desk: ObserverDesk;
  readonly board: DirectiveBoard;
  readonly loop: CommitLoop;
  readonly listeners = new Set<(entry: LogEntry) => void>();
  readonly #startedAt: number;
  readonly #facts: ReadonlyMap<string, ResourceFacts>;
  readonly #backends: ReadonlyMap<string, Backend>;
  readonly #random: () => number;
  readonly #wakes: WakeQueue;
  readonly #prober: Prober;
  readonly #runner: AttemptRunner;
  readonly #outbox: Outbox;
  /** Resources that are reported beyond the limit; each is complained of once. */
  readonly #ignored = new Set<string>();

  constructor(options: EmbeddedEngineOptions, stored: StoredState) {
    this.options = options;
    this.settings = { ...defaultEngineSettings, ...options.settings };
    this.clock = options.clock ?? systemClock;
    this.world = startWorld(stored);
    this.#startedAt = this.clock.now();
    this.#facts = new Map(options.resources.map(({ facts }) => [facts.resource, facts]));
    this.#backends = backendsByAction(options.backends);
    this.#random = options.random ?? Math.random;
    this.#wakes = new WakeQueue(this.clock, (keys) => this.#onDue(keys));
    this.board = new DirectiveBoard(this.clock, runName(this.#random));
    this.desk = this.#makeDesk();
    this.#prober = this.#makeProber();
    this.#runner = this.#makeRunner();
    this.#outbox = this.#makeOutbox();
    this.loop = this.#makeLoop();
  }

  /** Tells every machine of the start, then takes up what a crash or a stop left. */
  async begin(stored: StoredState): Promise<void> {
    const known = this.world.resources();
    // First of all, and of all at once: what one machine says of itself after the start moves the others.
    const told = this.addAndWait({ input: { for: 'every-resource', input: { type: 'healer-started' } } });
    this.loop.add({ input: { for: 'fleet', input: { type: 'census', resources: this.#facts.size } } });
    const fresh = [...this.#facts.keys()].filter((resource) => this.world.record(resource) === undefined);
    await Promise.all([
      told,
      // A machine that is made anew hears of the start by itself.
      ...fresh.map((resource) => this.feedAndWait(resource, { type: 'tick' })),
    ]);
    for (const resource of known) {
      const record = this.world.record(resource);
      this.#wakes.set(resourceKeyPrefix + resource, record?.wakeAt ?? null);
      this.#prober.watch(resource, record?.watched ?? false);
      this.#feed(resource, { type: 'tick' });
    }
    this.#wakes.set(fleetKey, nextFleetAt(this.world.fleet));
    for (const { id, command } of stored.outbox) {
      this.#outbox.carryOutAgain(command, id);
    }
    for (const attempt of stored.openAttempts) {
      void this.#runner.recover(attempt);
    }
  }

  async stop(): Promise<void> {
    this.desk.stop();
    this.#wakes.stop();
    this.#prober.stop();
    this.#runner.stop();
    this.board.stop();
    await this.loop.stop();
    this.listeners.clear();
  }

  feedAndWait(resource: string, input: ResourceInput): Promise<Changes> {
    return this.addAndWait({ input: { for: 'resource', resource, input } });
  }

  /** Resolves when it is on disk, with the changes of the batch that it came in. */
  addAndWait(item: LoopItem): Promise<Changes> {
    return new Promise((written, failed) => {
      this.loop.add({ ...item, waiter: { written, failed } });
    });
  }

  factsOf(resource: string): ResourceFacts {
    return this.#facts.get(resource) ?? { resource, nodes: [], labels: {} };
  }

  /** Anybody with a reporter's token can name resources; only so many are remembered. */
  hasRoom(resource: string): boolean {
    if (this.#facts.has(resource) || this.world.record(resource) !== undefined) {
      return true;
    }
    return this.world.size - this.#facts.size < this.settings.heardOfLimit;
  }

  #feed(resource: string, input: ResourceInput): void {
    this.loop.add({ input: { for: 'resource', resource, input } });
  }

  #fault(error: unknown, doing: string): void {
    if (this.options.onFault !== undefined) {
      try {
        this.options.onFault(error, doing);
        return;
      } catch (listenerError) {
        // It belongs to the application; what it throws must end neither the engine nor the process.
        warn(listenerError, 'tell of a fault');
      }
    }
    warn(error, doing);
  }

  #makeDesk(): ObserverDesk {
    return new ObserverDesk({
      clock: this.clock,
      observe: { ...this.settings.observe, declared: [...this.#facts.keys()] },
      summaryEveryMs: this.settings.summaryEveryMs,
      onSummaries: () => this.loop.wake(),
      onNextAt: (at) => this.#wakes.set(observeKey, at),
    });
  }

  #makeProber(): Prober {
    const { probeEveryMs, probeTimeoutMs, probeConcurrency } = this.settings;
    return new Prober({
      clock: this.clock,
      random: this.#random,
      probes: new Map(this.options.resources.map(({ facts, probes }) => [facts.resource, probes])),
      everyMs: probeEveryMs,
      timeoutMs: probeTimeoutMs,
      concurrency: probeConcurrency,
      onResult: (result) => this.#feed(result.resource, { type: 'probe', result }),
    });
  }

  #makeRunner(): AttemptRunner {
    return new AttemptRunner({
      clock: this.clock,
      backendOf: (action) => this.#backends.get(action),
      concurrencyOf: (backend) => this.settings.backendConcurrency[backend] ?? defaultBackendConcurrency,
      onCrashPoint: (point) => this.options.onCrashPoint?.(point),
      onReference: (order, reference) => {
        const { attempt, resource } = order;
        this.loop.add({
          input: { for: 'resource', resource, input: { type: 'dispatched', attempt, reference } },
          attempt: { order, reference, ended: false },
        });
      },
      onResult: (order, reference, result) => {
        const { attempt, resource } = order;
        const outboxDone = this.#outbox.takeDispatch(attempt);
        this.loop.add({
          input: { for: 'resource', resource, input: { type: 'result', attempt, result } },
          attempt: { order, reference, ended: true },
          ...(outboxDone === undefined ? {} : { outboxDone }),
        });
      },
    });
  }

  #makeOutbox(): Outbox {
    return new Outbox({
      clock: this.clock,
      prober: this.#prober,
      runner: this.#runner,
      board: this.board,
      backendOf: (action) => this.#backends.get(action),
      factsOf: (resource) => this.factsOf(resource),
      recipientsOf: (command) => this.desk.recipientsOf(command),
      resolveTimeoutMs: this.settings.resolveTimeoutMs,
      onNotify: (notification) => this.options.onNotify?.(notification),
      onFault: (error, doing) => this.#fault(error, doing),
      add: (item) => this.loop.add(item),
      done: (outboxId) => this.loop.done(outboxId),
    });
  }

  #makeLoop(): CommitLoop {
    return new CommitLoop({
      store: this.options.store,
      world: this.world,
      clock: this.clock,
      storeRetryMs: this.settings.storeRetryMs,
      context: () => this.#context(),
      takeMore: () => this.#takeSummaries(),
      onAdopted: (changes) => this.#onAdopted(changes),
      onEntries: (entries) => this.#onEntries(entries),
      onOutgoing: (outgoing, outboxId) => this.#outbox.carryOut(outgoing, outboxId),
      onStoreFailing: (failing) => this.#prober.suspend(failing),
      onFault: (error, doing) => this.#fault(error, doing),
      onCrashPoint: (point) => this.options.onCrashPoint?.(point),
    });
  }

  #context(): StepContext {
    return {
      now: this.clock.now(),
      startedAt: this.#startedAt,
      playbooks: this.options.playbooks,
      factsOf: (resource) => this.factsOf(resource),
      resources: () => this.world.resources(),
      resourceCount: this.world.size,
      fleetSettings: this.settings.fleet,
      recipientsOf: (command) => this.desk.recipientsOf(command),
    };
  }

  #onDue(keys: readonly string[]): void {
    for (const key of keys) {
      if (key === observeKey) {
        this.desk.tick();
      } else if (key === fleetKey) {
        this.loop.add({ input: { for: 'fleet', input: { type: 'tick' } } });
      } else {
        this.#feed(key.slice(resourceKeyPrefix.length), { type: 'tick' });
      }
    }
  }

  #takeSummaries(): readonly LoopItem[] {
    return this.desk.take().flatMap((summary): LoopItem[] => {
      const { resource } = summary;
      if (this.hasRoom(resource)) {
        return [{ input: { for: 'resource', resource, input: { type: 'summary', summary } } }];
      }
      const limit = this.settings.heardOfLimit;
      if (this.#ignored.size < limit && !this.#ignored.has(resource)) {
        this.#ignored.add(resource);
        this.#fault(
          new Error(`more than ${limit} resources are reported that are not configured`),
          `look at ${resource}`,
        );
      }
      return [];
    });
  }

  #onAdopted(changes: Changes): void {
    for (const command of changes.follows) {
      this.desk.follow(command);
    }
    for (const [resource, record] of changes.records) {
      this.#wakes.set(resourceKeyPrefix + resource, record.wakeAt);
      this.#prober.watch(resource, record.watched);
    }
    this.#wakes.set(fleetKey, nextFleetAt(this.world.fleet));
  }

  #onEntries(entries: readonly LogEntry[]): void {
    for (const entry of entries) {
      for (const listener of this.listeners) {
        try {
          listener(entry);
        } catch (error) {
          this.#fault(error, 'tell a listener of the log');
        }
      }
    }
  }
}

function warn(error: unknown, doing: string): void {
  const why = error instanceof Error ? error.message : String(error);
  process.emitWarning(`prunella could not ${doing}: ${why}`, { type: 'PrunellaWarning' });
}

function backendsByAction(backends: readonly Backend[]): ReadonlyMap<string, Backend> {
  const byAction = new Map<string, Backend>();
  for (const backend of backends) {
    for (const action of backend.actions.keys()) {
      if (!byAction.has(action)) {
        byAction.set(action, backend);
      }
    }
  }
  return byAction;
}

/** Tells the cursors of one start from those of another. */
function runName(random: () => number): string {
  return Math.floor(random() * 2 ** 48).toString(36);
}
