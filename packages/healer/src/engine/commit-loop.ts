import type { LogEntry } from '@prunella/core';
import type { CommitReceipt, Store, StoredAttempt, StoredSignal } from '../store/store.ts';
import { StoreError } from '../store/store-error.ts';
import { Changes, type OutgoingCommand } from './changes.ts';
import type { Clock } from './clock.ts';
import { commitKindsOf } from './commit-kinds.ts';
import type { CommitKind, CrashPoint } from './crash-point.ts';
import { type MachineInput, type StepContext, step } from './step.ts';
import type { World } from './world.ts';

/** One thing to be decided, and what is written together with its decision. */
export interface LoopItem {
  readonly input: MachineInput;
  /** The command that this answers. */
  readonly outboxDone?: number;
  readonly attempt?: StoredAttempt;
  readonly signal?: StoredSignal;
  /** Somebody waits for it: told when it is on disk, or that it was not written and is forgotten. */
  readonly waiter?: {
    written(changes: Changes): void;
    failed(error: unknown): void;
  };
}

export interface CommitLoopOptions {
  readonly store: Store;
  readonly world: World;
  readonly clock: Clock;
  readonly storeRetryMs: number;
  readonly context: () => StepContext;
  /** What must be decided before anything that waits. */
  readonly takeFirst: () => readonly LoopItem[];
  /** Inputs that were held back until the loop has time for them; `withOthers`: they join a batch that is written anyway. */
  readonly takeMore: (how: { readonly withOthers: boolean }) => readonly LoopItem[];
  /** The world has moved on, on disk where it must be. */
  readonly onAdopted: (changes: Changes) => void;
  readonly onEntries: (entries: readonly LogEntry[]) => void;
  /** It is on disk: now it may be carried out. */
  readonly onOutgoing: (outgoing: OutgoingCommand, outboxId: number) => void;
  readonly onStoreFailing: (failing: boolean) => void;
  readonly onFault: (error: unknown, doing: string) => void;
  readonly onCrashPoint: ((point: CrashPoint) => void) | undefined;
}

/** It came too late to be decided by this healer, and was not written. */
export class StoppingError extends Error {
  override readonly name = 'StoppingError';

  constructor() {
    super('the healer is stopping: send it again later');
  }
}

/** Inputs decided in one transaction. */
const batchLimit = 256;

/** A batch is closed when so long nothing joined it, and at the latest after this. */
const gatherQuietMs = 0.5;
const gatherAtMostMs = 4;
/** Two batches for which as many waited, but for this share of them, are of the same senders. */
const sameCrowdShare = 0.75;

const endRounds = 3;

/** Commands carried out that are crossed off together with something else, up to this many. */
const doneLimit = 256;

/**
 * The one thread of the engine: takes inputs in order, decides them, writes what was decided as one transaction,
 * and only then lets anybody know or anything be done. Where the disk refuses, nothing has happened: who waits is
 * told, everything else is tried again.
 */
export class CommitLoop {
  readonly #options: CommitLoopOptions;
  #queue: LoopItem[] = [];
  #done: number[] = [];
  /** Moved on in memory only; written when the loop stops. */
  readonly #unwritten = new Set<string>();
  #active = false;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;
  #retrying = false;
  /** In the last batch signals came before what had come before them: not twice in a row. */
  #overtook = false;
  /** How many waited for the last batch, and for the one before it. */
  #waitedTogether = 0;
  #waitedBefore = 0;

  constructor(options: CommitLoopOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  add(item: LoopItem): void {
    if (this.#stopped) {
      item.waiter?.failed(new StoppingError());
      if (isOfOrder(item)) this.#queue.push(item);
      return;
    }
    this.#queue.push(item);
    this.wake();
  }

  /** A command was carried out and led to nothing that is decided. */
  done(outboxId: number): void {
    this.#done.push(outboxId);
    if (this.#done.length >= doneLimit) {
      this.wake();
    }
  }

  wake(): void {
    if (this.#stopped || this.#retrying) {
      return;
    }
    if (!this.#active) {
      this.#active = true;
      this.#running = this.#run();
    }
  }

  /** Ends what is being written, then writes what became of orders and what was kept in memory. Who waits is refused. */
  async stop(): Promise<void> {
    this.#stopped = true;
    // Not decided any more: an order that came of it would not leave, and a start could not tell whether it had.
    this.#refuseWaiting();
    await this.#running;
    // Who waited for the last batch is told in this turn.
    await turn();
    this.#refuseWaiting();
    await this.#writeEnds();
    const { world, store, onFault } = this.#options;
    const last = new Changes(world);
    for (const resource of this.#unwritten) {
      const record = world.record(resource);
      if (record !== undefined) {
        last.records.set(resource, record);
      }
    }
    last.outboxDone.push(...this.#done);
    this.#passCrashPoints('before', ['stop']);
    if (last.records.size > 0 || last.outboxDone.length > 0) {
      await store
        .commit(last.toTransaction(world.writtenFleet))
        .catch((error) => onFault(error, 'write the last state'));
    }
    this.#passCrashPoints('after', ['stop']);
  }

  /** What is known of orders by now. It may lead to an order of another step, which ends unsent in the same way. */
  async #writeEnds(): Promise<void> {
    for (let round = 0; round < endRounds; round += 1) {
      const ends = this.#queue.splice(0).filter(isOfOrder);
      if (ends.length === 0 || !(await this.#decideAndWrite(ends))) break;
    }
    this.#queue = [];
  }

  #refuseWaiting(): void {
    for (const { waiter } of this.#queue) waiter?.failed(new StoppingError());
    this.#queue = this.#queue.filter(({ waiter }) => waiter === undefined);
  }

  async #run(): Promise<void> {
    let goOn = true;
    while (goOn && !this.#stopped) {
      await this.#gather();
      const items = this.#nextItems();
      this.#waitedBefore = this.#waitedTogether;
      this.#waitedTogether = waiters(items);
      goOn = items.length > 0 || this.#done.length >= doneLimit;
      if (goOn) {
        goOn = await this.#decideAndWrite(items);
      }
    }
    // In the same turn as the last look at the queue: nothing can be added between the two.
    this.#active = false;
  }

  #nextItems(): readonly LoopItem[] {
    const first = this.#options.takeFirst();
    const signals = this.#overtook ? [] : this.#signalsAhead();
    this.#overtook = signals.length > 0;
    if (this.#overtook) return [...first, ...signals];
    const items = [...first, ...this.#queue.splice(0, batchLimit)];
    items.push(...this.#options.takeMore({ withOthers: items.length > 0 }));
    return items;
  }

  /** Signals before the results of a burst, for which nobody waits; none where something else waits, too. */
  #signalsAhead(): readonly LoopItem[] {
    const signals = this.#queue.filter(({ signal }) => signal !== undefined);
    const others = this.#queue.filter(({ signal }) => signal === undefined);
    if (others.length === 0 || !others.every(isOfOrder)) return [];
    const ahead = signals.splice(0, batchLimit);
    // Those for which this batch has no room come after: else results would wait while many send at once.
    this.#queue = [...others, ...signals];
    return ahead;
  }

  /**
   * Waits while more comes in for which somebody waits: what arrives at one moment costs one fsync, and not one for
   * every few. What comes alone, and what the engine gives itself, waits for nothing but the end of this turn.
   */
  async #gather(): Promise<void> {
    const begunAt = performance.now();
    let grewAt = begunAt;
    let grownTo = this.#queue.length;
    const whole = wholeCrowd(this.#waitedTogether, this.#waitedBefore);
    for (;;) {
      await turn();
      if (this.#queue.length >= batchLimit || this.#stopped) return;
      const waiting = waiters(this.#queue);
      const isCrowd = this.#waitedTogether > 1 || waiting > 1;
      if (!isCrowd || waiting >= whole) return;
      const now = performance.now();
      if (this.#queue.length > grownTo) {
        grownTo = this.#queue.length;
        grewAt = now;
      }
      if (now - grewAt > gatherQuietMs || now - begunAt > gatherAtMostMs) return;
    }
  }

  async #decideAndWrite(items: readonly LoopItem[]): Promise<boolean> {
    const { world, store } = this.#options;
    const batch = new Changes(world);
    // One moment for all of them.
    const context = this.#options.context();
    const decided = items.filter((item) => this.#decide(batch, item, context));
    if (!batch.mustBeWritten && this.#done.length < doneLimit && batch.outboxDone.length === 0) {
      this.#adoptInMemory(batch, decided);
      return true;
    }
    const done = this.#done.splice(0);
    batch.outboxDone.push(...done);
    const kinds = this.#options.onCrashPoint === undefined ? [] : commitKindsOf(batch);
    this.#passCrashPoints('before', kinds);
    let receipt: CommitReceipt;
    try {
      receipt = await store.commit(batch.toTransaction(world.writtenFleet));
    } catch (error) {
      this.#done.unshift(...done);
      if (error instanceof StoreError && error.code === 'store-not-json') {
        return this.#writeApart(decided, error);
      }
      this.#fail(decided, error);
      return false;
    }
    this.#passCrashPoints('after', kinds);
    this.#adoptWritten(batch, decided, receipt);
    return true;
  }

  /** One of them can never be written, such as a backend's result that is not JSON: only that one is dropped. */
  async #writeApart(items: readonly LoopItem[], error: unknown): Promise<boolean> {
    const [first, ...others] = items;
    if (first === undefined || others.length === 0) {
      this.#options.onFault(error, `write ${first === undefined ? 'the state' : describe(first.input)}`);
      first?.waiter?.failed(error);
      return true;
    }
    for (const [index, item] of items.entries()) {
      if (!(await this.#decideAndWrite([item]))) {
        // Behind the one that failed, where that is tried again.
        this.#queue.splice(item.waiter === undefined ? 1 : 0, 0, ...items.slice(index + 1));
        return false;
      }
    }
    return true;
  }

  /** False where a machine could not take the input: it is dropped with a fault, and changes nothing. */
  #decide(batch: Changes, item: LoopItem, context: StepContext): boolean {
    const changes = new Changes(batch);
    try {
      step(changes, item.input, context);
    } catch (error) {
      this.#options.onFault(error, `decide ${describe(item.input)}`);
      item.waiter?.failed(error);
      return false;
    }
    if (item.outboxDone !== undefined) {
      changes.outboxDone.push(item.outboxDone);
    }
    if (item.attempt !== undefined) {
      changes.attempts.set(item.attempt.order.attempt, item.attempt);
    }
    if (item.signal !== undefined) {
      changes.signals.push(item.signal);
    }
    batch.absorb(changes);
    return true;
  }

  #adoptInMemory(batch: Changes, items: readonly LoopItem[]): void {
    for (const resource of batch.records.keys()) {
      this.#unwritten.add(resource);
    }
    this.#options.world.adopt(batch);
    this.#options.onAdopted(batch);
    tellWaiters(batch, items);
  }

  #adoptWritten(batch: Changes, items: readonly LoopItem[], { outboxIds, sequences }: CommitReceipt): void {
    const { onEntries, onOutgoing, onStoreFailing } = this.#options;
    onStoreFailing(false);
    for (const [resource, record] of batch.records) {
      if (batch.isWhole(resource, record)) this.#unwritten.delete(resource);
    }
    const { world } = this.#options;
    world.adopt(batch);
    world.writtenFleet = batch.changedFleet ?? world.writtenFleet;
    const isOrder = ({ command }: OutgoingCommand) => command.type === 'dispatch';
    const carryOut = (isMeant: (outgoing: OutgoingCommand) => boolean) => {
      for (const [index, outgoing] of batch.outgoing.entries()) {
        const outboxId = outboxIds[index];
        if (outboxId !== undefined && isMeant(outgoing)) onOutgoing(outgoing, outboxId);
      }
    };
    // What repairs goes before what only tells, and who waits is told when the orders have left, in the next turn.
    carryOut(isOrder);
    this.#options.onAdopted(batch);
    if (batch.outgoing.some(isOrder)) setImmediate(() => tellWaiters(batch, items));
    else tellWaiters(batch, items);
    if (batch.events.length > 0) {
      onEntries(batch.events.map((event, index) => ({ sequence: sequences[index] ?? 0, ...event })));
    }
    carryOut((outgoing) => !isOrder(outgoing));
  }

  #fail(items: readonly LoopItem[], error: unknown): void {
    const { clock, storeRetryMs, onFault, onStoreFailing } = this.#options;
    for (const item of items) {
      item.waiter?.failed(error);
    }
    this.#queue.unshift(...items.filter((item) => item.waiter === undefined));
    onFault(error, 'write what was decided');
    onStoreFailing(true);
    this.#retrying = true;
    clock.after(storeRetryMs, () => {
      this.#retrying = false;
      this.wake();
    });
  }

  #passCrashPoints(when: 'before' | 'after', kinds: readonly CommitKind[]): void {
    for (const kind of kinds) {
      this.#options.onCrashPoint?.(`${when}-${kind}-commit`);
    }
  }
}

/** What became of an order: whatever comes before it sees the order under way, as it would have a moment ago. */
function isOfOrder({ input, waiter }: LoopItem): boolean {
  return (
    waiter === undefined &&
    input.for === 'resource' &&
    (input.input.type === 'result' || input.input.type === 'dispatched')
  );
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function tellWaiters(batch: Changes, items: readonly LoopItem[]): void {
  for (const { waiter } of items) waiter?.written(batch);
}

/**
 * So many that nobody else is expected: senders that each wait for their answer before they send again come in batches
 * of much the same size. Infinite where the last two were not.
 */
function wholeCrowd(last: number, before: number): number {
  const [fewer, more] = [Math.min(last, before), Math.max(last, before)];
  return fewer > 1 && fewer >= more * sameCrowdShare ? more : Number.POSITIVE_INFINITY;
}

function waiters(items: readonly LoopItem[]): number {
  return items.filter(({ waiter }) => waiter !== undefined).length;
}

function describe(input: MachineInput): string {
  if (input.for === 'fleet') return `fleet ${input.input.type}`;
  return `${input.input.type} of ${input.for === 'resource' ? input.resource : 'every resource'}`;
}
