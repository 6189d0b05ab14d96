import {
  type AttemptOrder,
  type Command,
  decide,
  decideFleet,
  type Explanation,
  explain,
  type FleetInput,
  type FleetJson,
  type FleetState,
  factsUnder,
  fleetFacts,
  fleetStateFrom,
  initialFleetState,
  initialResourceState,
  type LogEntry,
  nextFleetAt,
  type OperatorCommand,
  type Playbook,
  playbookUnder,
  type ResourceEvent,
  type ResourceFacts,
  type ResourceInput,
  type ResourceState,
  type Signal,
  viewIncidents,
} from '@prunella/core';
import type { DirectiveResponse, ReportRefusal } from '@prunella/protocol';
import type { EngineWorld } from 'prunella/engine-conformance';
import { AttemptRunner } from '../../../src/engine/attempt-runner.ts';
import { DirectiveBoard } from '../../../src/engine/directive-board.ts';
import type { CommandReceipt, Engine, IncidentView } from '../../../src/engine/engine.ts';
import { type Account, emptyCounts, emptyLedger, enter, type Ledger } from '../../../src/engine/ledger.ts';
import { signalKey } from '../../../src/engine/signal-keys.ts';
import type { SignalReceipt } from '../../../src/sources/source.ts';
import {
  emptyTransaction,
  type IncidentQuery,
  type LogQuery,
  type Store,
  type StoredAttempt,
  type StoredSignal,
  type Transaction,
} from '../../../src/store/store.ts';
import { type Letter, Writer } from './writer.ts';

type ToFleet = Letter<FleetInput>;

interface ToResource extends Letter<ResourceInput> {
  readonly attempt?: StoredAttempt;
  readonly signal?: StoredSignal;
  readonly onEvents?: (events: readonly ResourceEvent[]) => void;
}

/** Between keys, kept in the sender's transaction until the receiver's has it. */
type Message =
  | { readonly type: 'to-fleet'; readonly input: FleetInput }
  | { readonly type: 'to-resource'; readonly resource: string; readonly input: ResourceInput };

type Outgoing = Command | Message;

interface Key {
  state: ResourceState;
  /** That the open incident was opened under. */
  playbook: Playbook | null;
  account: Account;
  readonly writer: Writer<ResourceInput, ToResource>;
  cancelWake: () => void;
}

/**
 * An engine with one writer for each resource and one for the fleet: each transaction touches one of them, and what
 * goes from one to another is a message. It has no reports and no probes, which are of the process and of no key. It
 * shows that the interface, core, the store and the backends ask for no more than that.
 */
export class KeyedEngine implements Engine {
  readonly #world: EngineWorld;
  readonly #store: Store;
  readonly #keys = new Map<string, Key>();
  readonly #fleetWriter: Writer<FleetInput, ToFleet>;
  readonly #runner: AttemptRunner;
  readonly #dispatches = new Map<string, number>();
  readonly #signals = new Map<string, Promise<SignalReceipt>>();
  readonly #listeners = new Set<(entry: LogEntry) => void>();
  readonly #board: DirectiveBoard;
  #fleet: FleetState;
  #cancelFleetWake: () => void = () => undefined;
  #isOver = false;

  private constructor(world: EngineWorld, store: Store, fleet: FleetState) {
    this.#world = world;
    this.#store = store;
    this.#fleet = fleet;
    this.#board = new DirectiveBoard(world.clock, 'keyed');
    this.#fleetWriter = new Writer((letter) => this.#handleFleet(letter), this.#again);
    this.#runner = new AttemptRunner({
      clock: world.clock,
      backendOf: (action) => world.backends.find((backend) => backend.actions.has(action)),
      concurrencyOf: () => 10,
      onCrashPoint: () => undefined,
      onReference: (order, reference) =>
        this.#key(order.resource).writer.post({
          input: { type: 'dispatched', attempt: order.attempt, reference },
          attempt: { order, reference, ended: false },
        }),
      onResult: (order, reference, result) => {
        const outboxId = this.#dispatches.get(order.attempt);
        this.#key(order.resource).writer.post({
          input: { type: 'result', attempt: order.attempt, result },
          attempt: { order, reference, ended: true },
          ...(outboxId === undefined ? {} : { outboxId }),
        });
      },
    });
  }

  static async start(world: EngineWorld, store: Store): Promise<KeyedEngine> {
    const stored = await store.load();
    const fleet = stored.states.get('fleet') as FleetJson | undefined;
    const engine = new KeyedEngine(
      world,
      store,
      fleet === undefined ? initialFleetState(stored.authority, stored.generation) : fleetStateFrom(fleet),
    );
    await engine.#begin(stored);
    return engine;
  }

  async #begin(stored: Awaited<ReturnType<Store['load']>>): Promise<void> {
    for (const { facts } of this.#world.resources) {
      const key = this.#key(facts.resource);
      const kept = stored.states.get(`resource/${facts.resource}`);
      if (kept !== undefined) Object.assign(key, kept);
    }
    await Promise.all(
      [...this.#keys.values()].flatMap(({ writer }) => [
        this.#written((waiter) => writer.post({ input: { type: 'healer-started' }, waiter })),
        this.#written((waiter) => writer.post({ input: { type: 'tick' }, waiter })),
      ]),
    );
    this.#wakeFleet();
    for (const { id, command } of stored.outbox) this.#carryOut(command, id, true);
    for (const attempt of stored.openAttempts) {
      this.#useThen(attempt.order, () => void this.#runner.recover(attempt));
    }
  }

  report(report: { readonly instance: string }): ReportRefusal {
    return { instance: report.instance, code: 'not-allowed', reason: 'this engine takes no reports' };
  }

  async signal(signal: Signal): Promise<SignalReceipt> {
    if (this.#isOver) return { accepted: false, reason: 'the engine is stopping' };
    const key = signalKey(signal);
    const underWay = this.#signals.get(key);
    if (underWay !== undefined) {
      const first = await underWay;
      return first.accepted ? { accepted: true, duplicate: true } : first;
    }
    const receipt = this.#takeSignal(signal, key).finally(() => this.#signals.delete(key));
    this.#signals.set(key, receipt);
    return receipt;
  }

  async #takeSignal(signal: Signal, key: string): Promise<SignalReceipt> {
    if (await this.#store.hasSignal(key)) return { accepted: true, duplicate: true };
    const { writer } = this.#key(signal.resource);
    const stored = { key, at: this.#world.clock.now() };
    await this.#written((waiter) =>
      writer.post({ input: { type: 'signal', signal }, signal: stored, waiter }),
    );
    return { accepted: true, duplicate: false };
  }

  async command(resource: string, command: OperatorCommand): Promise<CommandReceipt> {
    const seen: ResourceEvent[] = [];
    const { writer } = this.#key(resource);
    await this.#written((waiter) =>
      writer.post({
        input: { type: 'operator', command },
        onEvents: (events) => seen.push(...events),
        waiter,
      }),
    );
    const event = seen.find((one) => one.type === 'operator-commanded');
    if (event === undefined) return { accepted: false, reason: 'it means nothing now' };
    return event.trigger.fate === 'rejected'
      ? { accepted: false, reason: event.trigger.why }
      : { accepted: true, note: event.note };
  }

  pause(by: string, reason: string): Promise<void> {
    return this.#written((waiter) =>
      this.#fleetWriter.post({ input: { type: 'pause', by, reason }, waiter }),
    );
  }

  resume(by: string): Promise<void> {
    return this.#written((waiter) => this.#fleetWriter.post({ input: { type: 'resume', by }, waiter }));
  }

  pauseInForce() {
    return fleetFacts(this.#fleet).paused;
  }

  directives(instance: string, cursor: string | null, signal: AbortSignal): Promise<DirectiveResponse> {
    return this.#board.poll(instance, cursor, signal);
  }

  explain(resource?: string): readonly Explanation[] {
    const now = this.#world.clock.now();
    return [...this.#keys]
      .filter(([name]) => resource === undefined || name === resource)
      .map(([name, { state, playbook }]) => {
        const facts = this.#factsOf(name);
        return explain(state, playbook, facts, fleetFacts(this.#fleet), now);
      });
  }

  whyNot(): null {
    return null;
  }

  autonomy(): readonly [] {
    return [];
  }

  resources(): ReturnType<Engine['resources']> {
    return { items: [], next: null };
  }

  resource(): null {
    return null;
  }

  resourcesUnder(): readonly [] {
    return [];
  }

  async incidents(query: IncidentQuery): Promise<readonly IncidentView[]> {
    return (await this.#store.incidents(query)).map(({ story }) => story);
  }

  log(query: LogQuery): Promise<readonly LogEntry[]> {
    return this.#store.read(query);
  }

  onLog(listener: (entry: LogEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The sum of those of all keys. */
  ledger(): Ledger {
    const counts = ['accepted', 'executed', 'suppressed', 'rejected', 'expired', 'pending'] as const;
    const ledgers = [...this.#keys.values()].map(({ account }) => account.counts);
    const sums = counts.map((count) => [count, ledgers.reduce((sum, one) => sum + one[count], 0)]);
    return { ...emptyLedger, ...Object.fromEntries(sums) };
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#runner.stop();
    for (const { writer, cancelWake } of this.#keys.values()) {
      writer.stop();
      cancelWake();
    }
    this.#fleetWriter.stop();
    this.#cancelFleetWake();
  }

  async #handleResource(resource: string, letter: ToResource): Promise<void> {
    const key = this.#key(resource);
    const declared = this.#factsOf(resource);
    const playbook = key.playbook ?? playbookUnder(declared, this.#world.playbooks);
    if (playbook === undefined) return;
    const now = this.#world.clock.now();
    const facts = factsUnder(playbook, declared);
    const { state, events, commands } = decide(key.state, letter.input, playbook, facts, now);
    const account = events.reduce(enter, key.account);
    const kept = { state, account, playbook: playbookAfter(events, playbook, key.playbook) };
    const outgoing = commands.flatMap(asOutgoing);
    const orders = commands.flatMap((command) => (command.type === 'dispatch' ? [command.order] : []));
    const incident =
      [...viewIncidents(key.state), ...viewIncidents(state)].find((story) => story.state === 'open')
        ?.incident ?? null;
    const entries = events.map((event) => ({ at: now, resource, incident, event }));
    await this.#commit(
      {
        ...emptyTransaction,
        events: entries,
        states: new Map([[`resource/${resource}`, kept]]),
        outboxDone: letter.outboxId === undefined ? [] : [letter.outboxId],
        attempts: [
          ...(letter.attempt === undefined ? [] : [letter.attempt]),
          ...orders.map((order) => ({ order, reference: null, ended: false })),
        ],
        signals: letter.signal === undefined ? [] : [letter.signal],
        incidents: viewIncidents(state).map(({ openedAt, closedAt, ...story }) => ({
          incident: story.incident,
          resource,
          openedAt,
          closedAt,
          story: { ...story, openedAt, closedAt },
        })),
      },
      outgoing,
      () => Object.assign(key, kept),
    );
    letter.onEvents?.(events);
    const wake = commands.findLast((command) => command.type === 'wake');
    if (wake !== undefined) {
      key.cancelWake();
      key.cancelWake = this.#world.clock.after(wake.at - now, () =>
        key.writer.post({ input: { type: 'tick' } }),
      );
    }
  }

  async #handleFleet(letter: ToFleet): Promise<void> {
    const { state, permits, facts, told } = decideFleet(this.#fleet, letter.input, this.#world.clock.now());
    const outgoing: Message[] = [
      ...permits.map(({ resource, attempt, decision }): Message => {
        return { type: 'to-resource', resource, input: { type: 'permit', attempt, decision } };
      }),
      ...(facts === null ? [] : [...this.#keys.keys()]).map((resource): Message => {
        return { type: 'to-resource', resource, input: { type: 'fleet', fleet: fleetFacts(state) } };
      }),
      ...told.map(({ resource, input }): Message => ({ type: 'to-resource', resource, input })),
    ];
    await this.#commit(
      {
        ...emptyTransaction,
        states: new Map([['fleet', state]]),
        outboxDone: letter.outboxId === undefined ? [] : [letter.outboxId],
      },
      outgoing,
      () => {
        this.#fleet = state;
      },
    );
    this.#wakeFleet();
  }

  /** One transaction of one key; what it sends goes out when it is on disk. */
  async #commit(transaction: Transaction, outgoing: readonly Outgoing[], adopt: () => void): Promise<void> {
    // A message between keys is JSON like any command; the outbox does not look into it.
    const outboxAdd = outgoing as readonly Command[];
    const { outboxIds, sequences } = await this.#store.commit({ ...transaction, outboxAdd });
    adopt();
    for (const [index, event] of transaction.events.entries()) {
      const entry = { sequence: sequences[index] ?? 0, ...event };
      for (const listener of this.#listeners) listener(entry);
    }
    for (const [index, each] of outgoing.entries()) this.#carryOut(each, outboxIds[index] ?? 0, false);
  }

  #carryOut(outgoing: Outgoing, outboxId: number, isAgain: boolean): void {
    switch (outgoing.type) {
      case 'to-fleet':
        this.#fleetWriter.post({ input: outgoing.input, outboxId });
        return;
      case 'to-resource':
        this.#key(outgoing.resource).writer.post({ input: outgoing.input, outboxId });
        return;
      case 'dispatch':
        this.#dispatches.set(outgoing.order.attempt, outboxId);
        if (!isAgain) this.#useThen(outgoing.order, () => this.#runner.dispatch(outgoing.order));
        return;
      case 'resolve-targets':
        void this.#resolve(outgoing, outboxId);
        return;
      default:
        // Probes, cancellations and words to people are not of this engine.
        return;
    }
  }

  /**
   * An order leaves only when the fleet has noted that its permit is used: a permit lapses, and the message could be
   * late. Where it had lapsed nothing is sent.
   */
  #useThen(order: AttemptOrder, send: () => void): void {
    const { attempt } = order;
    const use = this.#written((waiter) =>
      this.#fleetWriter.post({ input: { type: 'used', attempt }, waiter }),
    );
    use.then(
      () => {
        if (this.#fleet.leases.rows().some((lease) => lease.attempt === attempt && lease.used)) send();
        else {
          const summary = 'its permit had lapsed before it was sent';
          const result = { outcome: 'failed', summary, targets: [], neverSent: true } as const;
          this.#key(order.resource).writer.post({
            input: { type: 'result', attempt, result },
            attempt: { order, reference: null, ended: true },
          });
        }
      },
      () => this.#again(() => this.#useThen(order, send)),
    );
  }

  async #resolve(command: Extract<Command, { type: 'resolve-targets' }>, outboxId: number): Promise<void> {
    const { resource, attempt, action, target, failing } = command;
    const backend = this.#world.backends.find((each) => each.actions.has(action));
    const declared = this.#factsOf(resource).nodes.flatMap(({ name, target: id }) =>
      id === undefined ? [] : [{ node: name, target: id }],
    );
    const resolution = (await backend?.resolve(
      { resource, action, target, failing, declared },
      new AbortController().signal,
    )) ?? { resolved: false, targets: [], error: `no backend performs ${action}` };
    this.#key(resource).writer.post({ input: { type: 'targets', attempt, resolution }, outboxId });
  }

  #wakeFleet(): void {
    this.#cancelFleetWake();
    const at = nextFleetAt(this.#fleet);
    if (at === null) return;
    this.#cancelFleetWake = this.#world.clock.after(at - this.#world.clock.now(), () =>
      this.#fleetWriter.post({ input: { type: 'tick' } }),
    );
  }

  #key(resource: string): Key {
    const present = this.#keys.get(resource);
    if (present !== undefined) return present;
    const key: Key = {
      state: initialResourceState(resource),
      playbook: null,
      account: { counts: emptyCounts, pendingHere: 0 },
      writer: new Writer((letter) => this.#handleResource(resource, letter), this.#again),
      cancelWake: () => undefined,
    };
    this.#keys.set(resource, key);
    return key;
  }

  #factsOf(resource: string): ResourceFacts {
    const declared = this.#world.resources.find(({ facts }) => facts.resource === resource);
    return declared?.facts ?? { resource, nodes: [], labels: {} };
  }

  #written(post: (waiter: NonNullable<ToFleet['waiter']>) => void): Promise<void> {
    return new Promise((written, failed) => post({ written, failed }));
  }

  readonly #again = (callback: () => void): void => {
    this.#world.clock.after(1_000, callback);
  };
}

function asOutgoing(command: Command): readonly Outgoing[] {
  switch (command.type) {
    case 'request-permit':
      return [{ type: 'to-fleet', input: { type: 'request', request: command.request } }];
    case 'release-permit': {
      const { attempt, unsent, turn } = command;
      const how = { ...(unsent === true && { unsent }), ...(turn === true && { turn }) };
      return [{ type: 'to-fleet', input: { type: 'release', attempt, ...how } }];
    }
    case 'tell-fleet':
      return [{ type: 'to-fleet', input: { type: 'standing', standing: command.standing } }];
    case 'dispatch':
    case 'resolve-targets':
      return [command];
    default:
      return [];
  }
}

function playbookAfter(
  events: readonly ResourceEvent[],
  inForce: Playbook,
  before: Playbook | null,
): Playbook | null {
  return events.reduce<Playbook | null>((playbook, { type }) => {
    if (type === 'incident-opened' || type === 'incident-reopened') return inForce;
    return type === 'incident-closed' ? null : playbook;
  }, before);
}
