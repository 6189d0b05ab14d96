import {
  type ActionFacts,
  type LogEntry,
  nextFleetAt,
  type Playbook,
  type ResourceEvent,
  type ResourceFacts,
  type ResourceInput,
} from '@prunella/core';
import type { Backend } from '../backends/backend.ts';
import type { StoredState } from '../store/store.ts';
import { AttemptRunner } from './attempt-runner.ts';
import type { Changes } from './changes.ts';
import { type Clock, systemClock } from './clock.ts';
import { CommitLoop, type LoopItem } from './commit-loop.ts';
import { DirectiveBoard } from './directive-board.ts';
import { GapWatch } from './gap-watch.ts';
import type { EngineWaiting } from './measures.ts';
import { ObserverDesk } from './observer-desk.ts';
import {
  defaultBackendConcurrency,
  defaultEngineSettings,
  type EmbeddedEngineOptions,
  type EngineResource,
  type EngineSettings,
  type EngineSetup,
} from './options.ts';
import { Outbox } from './outbox.ts';
import { type ProbePlan, Prober } from './prober.ts';
import { backendsByAction, isOpen, resourcesByName } from './setup.ts';
import { startWorld } from './start-world.ts';
import type { StepContext } from './step.ts';
import { TargetResolver } from './target-resolver.ts';
import { WakeQueue } from './wake-queue.ts';
import type { World } from './world.ts';

const observeKey = 'observe';
const fleetKey = 'fleet';
const resourceKeyPrefix = 'resource ';

/** The parts of the embedded engine and how they are connected. One place decides, writes, then acts: `loop`. */
export class Machinery {
  readonly options: EmbeddedEngineOptions;
  settings: EngineSettings;
  playbooks: readonly Playbook[];
  readonly clock: Clock;
  readonly world: World;
  readonly desk: ObserverDesk;
  readonly board: DirectiveBoard;
  readonly loop: CommitLoop;
  readonly listeners = new Set<(entry: LogEntry) => void>();
  /** When it began to watch: at its start, or after the last gap. */
  #startedAt: number;
  #resources: ReadonlyMap<string, EngineResource>;
  #backends: ReadonlyMap<string, Backend>;
  /** Not configured any more, with an attempt that is still to be judged: they keep what they had until then. */
  readonly #leaving = new Map<string, EngineResource>();
  readonly #random: () => number;
  readonly #wakes: WakeQueue;
  readonly #gaps: GapWatch;
  readonly #prober: Prober;
  readonly #runner: AttemptRunner;
  readonly #targets: TargetResolver;
  readonly #outbox: Outbox;
  /** Resources that are reported beyond the limit; each is complained of once. */
  readonly #ignored = new Set<string>();

  constructor(options: EmbeddedEngineOptions, stored: StoredState) {
    this.options = options;
    this.settings = { ...defaultEngineSettings, ...options.settings };
    this.clock = options.clock ?? systemClock;
    this.world = startWorld(stored);
    this.#startedAt = this.clock.now();
    this.playbooks = options.playbooks;
    this.#resources = resourcesByName(options.resources);
    this.#backends = backendsByAction(options.backends);
    this.#random = options.random ?? Math.random;
    this.#wakes = new WakeQueue(this.clock, (keys) => this.#onDue(keys));
    this.board = new DirectiveBoard(this.clock, runName(this.#random));
    this.desk = this.#makeDesk();
    this.#prober = this.#makeProber();
    this.#runner = this.#makeRunner();
    this.#targets = this.#makeTargets();
    this.#outbox = this.#makeOutbox();
    this.loop = this.#makeLoop();
    this.#gaps = new GapWatch(this.clock, () => this.loop.wake());
  }

  /** Tells every machine of the start, then takes up what a crash or a stop left. */
  async begin(stored: StoredState): Promise<void> {
    const known = this.world.resources();
    // First of all, and of all at once: what one machine says of itself after the start moves the others.
    const told = this.addAndWait({ input: { for: 'every-resource', input: { type: 'healer-started' } } });
    this.loop.add({ input: { for: 'fleet', input: { type: 'census', resources: this.#resources.size } } });
    await Promise.all([told, this.#makeMissingMachines()]);
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

  /**
   * From this turn on every decision is made by the new setup; no decision sees a part of each. Resolves when it
   * is on disk what followed, and the backends that are not there any more have let go of their orders.
   */
  async reload(setup: EngineSetup): Promise<void> {
    const former = this.#resources;
    const replaced = new Set([...this.#backends.values()].filter((each) => !setup.backends.includes(each)));
    this.playbooks = setup.playbooks;
    this.settings = { ...this.settings, ...setup.settings };
    this.#resources = resourcesByName(setup.resources);
    this.#backends = backendsByAction(setup.backends);
    for (const [resource, had] of former) {
      if (!this.#resources.has(resource) && isOpen(this.world.record(resource))) {
        this.#leaving.set(resource, had);
      }
    }
    for (const resource of this.#resources.keys()) {
      this.#leaving.delete(resource);
    }
    this.#prober.replace(this.#probePlan(), (resource) => this.world.record(resource)?.watched ?? false);
    const handedOver = this.#runner.handOver(replaced);
    for (const resource of this.#leaving.keys()) {
      this.#close(resource);
    }
    this.loop.add({ input: { for: 'fleet', input: { type: 'census', resources: this.#resources.size } } });
    // A hold or a wait may be over under the new rules.
    for (const resource of this.world.resources()) {
      this.#feed(resource, { type: 'tick' });
    }
    // Tried again as soon as the disk takes something: nothing else would make them.
    const failure = this.#makeMissingMachines().then(
      () => null,
      (error: unknown) => {
        for (const resource of this.#missingMachines()) this.#feed(resource, { type: 'tick' });
        return { error };
      },
    );
    // In any case to its end: what is left out is closed after this.
    await handedOver;
    const failed = await failure;
    if (failed !== null) throw failed.error;
  }

  async stop(): Promise<void> {
    this.desk.stop();
    this.#wakes.stop();
    this.#gaps.stop();
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

  waiting(): EngineWaiting {
    return {
      decisions: this.loop.waiting,
      orders: this.#runner.waiting,
      probes: this.#prober.waiting,
    };
  }

  factsOf(resource: string): ResourceFacts {
    const declared = this.#resources.get(resource) ?? this.#leaving.get(resource);
    return declared?.facts ?? { resource, nodes: [], labels: {} };
  }

  /** Nodes that a probe is declared for; null stands for the resource as a whole. */
  probedNodes(resource: string): readonly (string | null)[] {
    const declared = this.#resources.get(resource) ?? this.#leaving.get(resource);
    return declared?.probes.map(({ node }) => node) ?? [];
  }

  /** What the backends that are configured now perform. */
  actions(): ReadonlyMap<string, ActionFacts> {
    return new Map(
      [...this.#backends].flatMap(([action, { actions }]) => {
        const facts = actions.get(action);
        return facts === undefined ? [] : [[action, facts] as const];
      }),
    );
  }

  /** Anybody with a reporter's token can name resources; only so many are remembered. */
  hasRoom(resource: string): boolean {
    if (this.#resources.has(resource) || this.world.record(resource) !== undefined) {
      return true;
    }
    return this.world.size - this.#resources.size < this.settings.heardOfLimit;
  }

  /** A machine that is made anew hears of the start by itself. */
  async #makeMissingMachines(): Promise<void> {
    await Promise.all(
      this.#missingMachines().map((resource) => this.feedAndWait(resource, { type: 'tick' })),
    );
  }

  #missingMachines(): readonly string[] {
    return [...this.#resources.keys()].filter((name) => this.world.record(name) === undefined);
  }

  /** Refused by the machine while an attempt is on its way or being judged; asked for again after its verdict. */
  #close(resource: string): void {
    const reason = 'it is not in the configuration any more';
    this.#feed(resource, {
      type: 'operator',
      command: {
        id: `removed ${runName(this.#random)}`,
        by: 'configuration',
        command: { type: 'close', reason },
      },
    });
  }

  #probePlan(): ProbePlan {
    const { probeEveryMs, probeTimeoutMs } = this.settings;
    const all = [...this.#leaving, ...this.#resources];
    return {
      probes: new Map(all.map(([resource, { probes }]) => [resource, probes])),
      everyMs: probeEveryMs,
      timeoutMs: probeTimeoutMs,
    };
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
      observe: { ...this.settings.observe, declared: [...this.#resources.keys()] },
      summaryEveryMs: this.settings.summaryEveryMs,
      onSummaries: () => this.loop.wake(),
      onNextAt: (at) => this.#wakes.set(observeKey, at),
    });
  }

  #makeProber(): Prober {
    return new Prober({
      clock: this.clock,
      random: this.#random,
      plan: this.#probePlan(),
      concurrency: this.settings.probeConcurrency,
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

  #makeTargets(): TargetResolver {
    return new TargetResolver({
      clock: this.clock,
      backendOf: (action) => this.#backends.get(action),
      factsOf: (resource) => this.factsOf(resource),
      timeoutMs: () => this.settings.resolveTimeoutMs,
    });
  }

  #makeOutbox(): Outbox {
    return new Outbox({
      prober: this.#prober,
      runner: this.#runner,
      board: this.board,
      targets: this.#targets,
      recipientsOf: (command) => this.desk.recipientsOf(command),
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
      takeFirst: () => this.#takeGap(),
      takeMore: (how) => this.#takeSummaries(how),
      onAdopted: (changes) => this.#onAdopted(changes),
      onEntries: (entries) => this.#onEntries(entries),
      onOutgoing: (outgoing, outboxId) => this.#outbox.carryOut(outgoing, outboxId),
      onStoreFailing: (failing) => this.#prober.suspend(failing),
      onFault: (error, doing) => this.#fault(error, doing),
      onCrashPoint: this.options.onCrashPoint,
    });
  }

  #context(): StepContext {
    return {
      now: this.clock.now(),
      startedAt: this.#startedAt,
      playbooks: this.playbooks,
      factsOf: (resource) => this.factsOf(resource),
      resourceCount: this.world.size,
      fleetSettings: this.settings.fleet,
      recipientsOf: (command) => this.desk.recipientsOf(command),
      targetsAtOnce: (command) => this.#targets.atOnce(command),
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

  /** Nobody watched for a while: as after a start, what was seen before is no evidence, and grace holds. */
  #takeGap(): readonly LoopItem[] {
    const passedMs = this.#gaps.take();
    if (passedMs === null) {
      return [];
    }
    this.#startedAt = this.clock.now();
    const what = passedMs < 0 ? 'the clock was set back by' : 'nobody watched for';
    const seconds = Math.round(Math.abs(passedMs) / 1_000);
    this.#fault(
      new Error(`${what} ${seconds} s (a suspended machine, a stopped process, a clock that was set)`),
      'go on as before, and gathers its evidence anew',
    );
    // Due by now, or dated by another clock. Not in this turn: its inputs come after the one that this gives.
    queueMicrotask(() => {
      this.desk.tick();
      this.#wakes.lookAgain();
    });
    return [{ input: { for: 'every-resource', input: { type: 'healer-started' } } }];
  }

  #takeSummaries(how: { readonly withOthers: boolean }): readonly LoopItem[] {
    return this.desk.take(how).flatMap((summary): LoopItem[] => {
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
      if (this.#leaving.has(entry.resource) && endsAttempt(entry.event)) {
        this.#close(entry.resource);
      } else if (entry.event.type === 'incident-closed' && this.#leaving.delete(entry.resource)) {
        this.#prober.replace(this.#probePlan(), (name) => this.world.record(name)?.watched ?? false);
        this.#feed(entry.resource, { type: 'tick' });
      }
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

/** Nothing of it is on its way or being judged any more. */
function endsAttempt(event: ResourceEvent): boolean {
  return (
    event.type === 'verdict-given' || (event.type === 'attempt-ended' && event.result.neverSent === true)
  );
}

function warn(error: unknown, doing: string): void {
  const why = error instanceof Error ? error.message : String(error);
  // The store says itself what it could not do.
  const text = why.startsWith('could not ') ? `prunella ${why}` : `prunella could not ${doing}: ${why}`;
  process.emitWarning(text, { type: 'PrunellaWarning' });
}

/** Tells the cursors of one start from those of another. */
function runName(random: () => number): string {
  return Math.floor(random() * 2 ** 48).toString(36);
}
