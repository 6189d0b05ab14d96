import type { AttemptOrder, Command } from '../decide/command.ts';
import type { ActionResult, ProbeResult, ResourceInput } from '../decide/input.ts';
import { nextFleetAt } from '../fleet/fleet.ts';
import { cohortInstances, otherObservers } from '../observe/follow.ts';
import { initialObserveState } from '../observe/initial.ts';
import { type ObserveInput, observe } from '../observe/observe.ts';
import { nextObserveAt } from '../observe/silence.ts';
import type { Agenda } from './agenda.ts';
import { Errands, type Outside } from './errands.ts';
import type { HealerClock } from './healer-clock.ts';
import type { CrashPoint } from './history/fates.ts';
import type { WorldEntry, WrittenEntry } from './record.ts';
import { emptyStore, reread, type Stored } from './store.ts';
import { type MachineInput, type Surroundings, Transaction } from './transaction.ts';

export interface HealerOptions extends Omit<Surroundings, 'startedAt'> {
  readonly agenda: Agenda;
  readonly clock: HealerClock;
  readonly outside: Outside;
  /** How long the disk takes for one transaction; null where it takes none at all. */
  readonly commitMs: (() => number) | null;
  /** `clock` is what the healer's clock said when it was decided. */
  readonly onWritten: (entry: WrittenEntry, clock: number) => void;
  readonly onHappened: (entry: WorldEntry) => void;
}

interface QueueItem {
  readonly input: MachineInput;
  readonly attempt?: {
    readonly order: AttemptOrder;
    readonly reference: string | null;
    readonly ended: boolean;
  };
  readonly outboxDone?: number;
}

/**
 * A healer as a process: what it knows of instances is in memory, the rest on disk. It decides, writes, then
 * acts, as the engine does; a crash loses everything that was not written, and what was sent goes on.
 */
export class Healer {
  stored: Stored;
  seen = initialObserveState();
  readonly #options: HealerOptions;
  readonly #errands: Errands;
  #up = false;
  #startedAt = 0;
  #queue: QueueItem[] = [];
  #busy = false;
  #done = new Set<number>();
  readonly #wakes = new Map<string, number>();
  #armed: { readonly point: CrashPoint; readonly event: string | null; readonly downForMs: number } | null =
    null;

  constructor(options: HealerOptions) {
    this.#options = options;
    this.stored = emptyStore(options.agenda.now);
    this.#errands = new Errands({
      agenda: options.agenda,
      clock: options.clock,
      outside: options.outside,
      onHappened: options.onHappened,
      nodesOf: (resource) => options.factsOf(resource).nodes,
      recipientsOf: (command) => this.#recipientsOf(command),
      onProbe: (result) => this.#onProbe(result),
      onTargets: (resource, attempt, resolution, outboxDone) =>
        this.#add({ input: resourceInput(resource, { type: 'targets', attempt, resolution }), outboxDone }),
      onReference: (order, reference) => this.#onReference(order, reference),
      onResult: (order, result, outboxDone) => this.#onResult(order, result, outboxDone),
      onDone: (id) => this.#done.add(id),
    });
  }

  get up(): boolean {
    return this.#up;
  }

  start(declared: readonly string[]): void {
    const { clock, onHappened } = this.#options;
    this.#up = true;
    this.#startedAt = clock.now();
    this.stored = reread(this.stored);
    onHappened({ type: 'healer', what: 'started' });
    this.#add({ input: { for: 'every-resource', input: { type: 'healer-started' } } });
    for (const resource of declared) this.input(resource, { type: 'tick' });
    this.tellFleet({ type: 'census', resources: Math.max(declared.length, this.stored.records.size) });
    this.#wakeFleet();
    const { outbox, attempts } = this.stored;
    for (const [id, command] of outbox) {
      if (command.type !== 'dispatch') this.#errands.carryOut(id, command);
    }
    for (const { order, reference } of attempts.values()) {
      const id = [...outbox].find(
        ([, each]) => each.type === 'dispatch' && each.order.attempt === order.attempt,
      )?.[0];
      this.#errands.lookFor(order, reference, id);
    }
  }

  /** Dies with all it had in memory. */
  crash(): void {
    if (!this.#up) return;
    this.#up = false;
    this.#options.agenda.drop('healer');
    this.#errands.forget();
    this.seen = initialObserveState();
    this.#queue = [];
    this.#busy = false;
    this.#done = new Set();
    this.#wakes.clear();
    this.#options.onHappened({ type: 'healer', what: 'crashed' });
  }

  /** Dies at the next such point (of a transaction with such an event), and starts again later. */
  arm(point: CrashPoint, event: string | null, downForMs: number): void {
    this.#armed = { point, event, downForMs };
    if (point === 'now') this.#die();
  }

  input(resource: string, input: ResourceInput): void {
    this.#add({ input: resourceInput(resource, input) });
  }

  tellFleet(input: Extract<MachineInput, { for: 'fleet' }>['input']): void {
    this.#add({ input: { for: 'fleet', input } });
  }

  observe(input: ObserveInput): void {
    if (!this.#up) return;
    const observation = observe(this.seen, input, this.#options.clock.now());
    this.seen = observation.state;
    for (const summary of observation.changed) this.input(summary.resource, { type: 'summary', summary });
    this.#wakeAt('observe', nextObserveAt(this.seen), () => this.observe({ type: 'tick' }));
  }

  #add(item: QueueItem): void {
    if (!this.#up) return;
    this.#queue.push(item);
    this.#work();
  }

  #work(): void {
    if (this.#busy || this.#queue.length === 0) return;
    const { agenda, clock, commitMs } = this.#options;
    this.#busy = true;
    const items = this.#queue;
    this.#queue = [];
    const transaction = new Transaction(this.stored, { ...this.#options, startedAt: this.#startedAt });
    for (const { attempt, input } of items) {
      if (attempt !== undefined) transaction.attempt(attempt.order, attempt.reference, attempt.ended);
      transaction.take(input, clock.now());
    }
    const done = items.flatMap(({ outboxDone }) => (outboxDone === undefined ? [] : [outboxDone]));
    if (commitMs === null) this.#commit(transaction, done);
    else agenda.after(commitMs(), 'healer', () => this.#commit(transaction, done));
  }

  #commit(transaction: Transaction, done: readonly number[]): void {
    if (this.#diesAt('before-commit', transaction)) return;
    this.stored = transaction.result([...done, ...this.#done]);
    this.#done.clear();
    for (const { entry, clock } of transaction.written) this.#options.onWritten(entry, clock);
    this.#busy = false;
    if (this.#diesAt('after-commit', transaction)) return;
    for (const follow of transaction.follows) this.observe(follow);
    for (const [resource, { wakeAt }] of transaction.records) {
      this.#wakeAt(resource, wakeAt, () => this.input(resource, { type: 'tick' }));
    }
    this.#wakeFleet();
    for (const { id, command } of transaction.outgoing) this.#errands.carryOut(id, command);
    if (this.#diesAt('after-send', transaction)) return;
    this.#work();
  }

  #wakeFleet(): void {
    this.#wakeAt('fleet', nextFleetAt(this.stored.fleet), () => this.tellFleet({ type: 'tick' }));
  }

  /** One wake a key. A clock that was set back meanwhile is waited for. */
  #wakeAt(key: string, at: number | null, run: () => void): void {
    if (at === null) {
      this.#wakes.delete(key);
      return;
    }
    if (this.#wakes.get(key) === at) return;
    this.#wakes.set(key, at);
    const { clock } = this.#options;
    const due = () => {
      if (this.#wakes.get(key) !== at) return;
      if (clock.now() < at) {
        clock.after(at - clock.now(), 'healer', due);
        return;
      }
      this.#wakes.delete(key);
      run();
    };
    clock.after(at - clock.now(), 'healer', due);
  }

  #diesAt(point: CrashPoint, transaction: Transaction): boolean {
    const armed = this.#armed;
    if (armed === null || armed.point !== point) return false;
    const isMeant =
      armed.event === null ||
      transaction.written.some(({ entry }) => entry.type === 'event' && entry.event.type === armed.event);
    if (isMeant) this.#die();
    return isMeant;
  }

  #die(): void {
    const downForMs = this.#armed?.downForMs ?? 0;
    this.#armed = null;
    if (!this.#up) return;
    this.crash();
    this.#options.agenda.after(downForMs, 'world', () => this.start([]));
  }

  #onProbe(result: ProbeResult): void {
    this.input(result.resource, { type: 'probe', result });
  }

  #onReference(order: AttemptOrder, reference: string): void {
    const { attempt, resource } = order;
    this.#add({
      input: resourceInput(resource, { type: 'dispatched', attempt, reference }),
      attempt: { order, reference, ended: false },
    });
  }

  #onResult(order: AttemptOrder, result: ActionResult, outboxDone: number | undefined): void {
    const { attempt, resource } = order;
    this.#add({
      input: resourceInput(resource, { type: 'result', attempt, result }),
      attempt: { order, reference: null, ended: true },
      ...(outboxDone !== undefined && { outboxDone }),
    });
  }

  #recipientsOf(command: Extract<Command, { type: 'direct' }>): readonly string[] {
    const { resource } = command.directive;
    return command.to === 'cohort'
      ? cohortInstances(this.seen, resource)
      : otherObservers(this.seen, resource);
  }
}

function resourceInput(resource: string, input: ResourceInput): MachineInput {
  return { for: 'resource', resource, input };
}
