import type { FaultKind } from '@prunella/protocol';
import { type Fault, FaultError } from '../fault.ts';
import type { Outcome } from '../guard.ts';
import type { Internals } from '../internals.ts';
import { type Core, cannotWait, detachedFault, toError } from '../runtime/core.ts';
import type { KeptWrites } from '../runtime/kept-writes.ts';
import { textOf } from '../runtime/text-of.ts';
import type { KeptWrite, NewWrite, WriteStore } from './kept-write.ts';
import { KeyQueues } from './key-queues.ts';
import { Pace } from './pace.ts';
import type { WriteAnswer } from './request.ts';
import { WrittenCopies } from './written-copies.ts';

export interface ReplayLimits {
  /** Keys that are replayed side by side. */
  readonly concurrency: number;
  /** Failed replays that may be a write's own fault, after which it is set aside. */
  readonly attempts: number;
}

/** Faults that a write may cause itself, by what it asks for; the others are the resource's own state. */
const mayBeItsOwn: ReadonlySet<FaultKind> = new Set(['unreachable', 'timeout', 'corrupt', 'unknown']);

/**
 * What could not be written is kept in a store, applied to the cached copy, and replayed: the writes of a key in
 * the order in which they were begun, one at a time; new ones to that key wait behind them. Several keys go side
 * by side, or an application that writes as fast as one replay could never catch up.
 */
export class WaitingWrites<Handle> implements KeptWrites {
  readonly #core: Core<Handle>;
  readonly #copies: WrittenCopies<Handle>;
  readonly #plan: () => void;
  readonly #store: WriteStore;
  readonly #attemptsAtMost: number;
  readonly #pace: Pace;
  readonly #queues = new KeyQueues();
  readonly #replaying = new Set<string>();
  /** The tries of kept writes that are not over; each tells whether the write was made. */
  readonly #underWay = new Map<KeptWrite, Promise<boolean>>();
  readonly #warnedOf = new Set<string>();
  #flight: Promise<void> | null = null;
  #again = false;

  constructor({ core, copies, plan }: Internals<Handle>, store: WriteStore, limits: ReplayLimits) {
    this.#core = core;
    this.#copies = new WrittenCopies(core, copies);
    this.#plan = plan;
    this.#store = store;
    this.#attemptsAtMost = limits.attempts;
    this.#pace = new Pace(limits.concurrency);
  }

  get waiting(): number {
    return this.#queues.size;
  }

  waitsFor(key: string): boolean {
    return this.#queues.has(key);
  }

  isReplaying(key: string): boolean {
    return this.#replaying.has(key);
  }

  applyWaiting(key: string, fresh: unknown): unknown {
    let value = fresh;
    for (const { work } of this.#queues.of(key)) {
      const change = work?.change(undefined) ?? null;
      if (change !== null) value = this.#copies.changed(key, change, value) ?? value;
    }
    return value;
  }

  async write<Result>(write: NewWrite<Result>): Promise<WriteAnswer<Result>> {
    const { key, work } = write;
    const order = this.#store.nextOrder();
    const first = this.#queues.of(key)[0];
    let kept = false;
    let outcome: Outcome<Result>;
    this.#queues.begin(key, order);
    try {
      outcome = first === undefined ? await work.attempt(false) : behind(first);
      if (!outcome.ok) {
        const mayBeMade = outcome.fault.outcomeUnknown;
        const reason = this.#core.detached ? this.#detachedFault(mayBeMade) : outcome.fault;
        if (cannotWait(reason)) throw toError(reason);
        const keptAt = this.#core.clock.now();
        await this.#keep({ ...write, order, reason, keptAt, attempts: 0, mayBeMade, elsewhere: false });
        kept = true;
      }
    } finally {
      this.#queues.end(key, order);
      // Those that were begun later had to wait for it.
      if (!kept && this.#queues.has(key) && this.#core.health.condition === 'ok') this.replay();
    }
    const { waiting } = this;
    const change = work.change(outcome.ok ? outcome.value : undefined);
    if (change !== null) await this.#copies.change(key, change, kept);
    return outcome.ok
      ? { pending: false, value: outcome.value }
      : { pending: true, waiting, reason: outcome.fault };
  }

  /** Takes over what was kept before: by a former process, or until a person had it tried again. */
  restore(write: KeptWrite): void {
    this.#queues.insert(write);
    this.#plan();
  }

  /** False where it is just being made. */
  discard(order: number): boolean {
    const write = this.#queues.all().find((kept) => kept.order === order);
    if (write === undefined) return true;
    if (write.elsewhere || this.#underWay.has(write)) return false;
    this.#remove(write);
    if (!this.#queues.has(write.key)) this.#settle(write.key);
    return true;
  }

  /** The try of it that was under way elsewhere is over. */
  cameBack(write: KeptWrite, made: boolean): void {
    write.elsewhere = false;
    if (this.#core.detached) return;
    if (made) {
      this.#unqueue(write);
      if (!this.#queues.has(write.key)) this.#settle(write.key);
    }
    if (this.#core.health.condition === 'ok') this.replay();
    else this.#plan();
  }

  /** Gives kept writes of the name their handler. */
  define(name: string, workOf: (write: KeptWrite) => KeptWrite['work']): void {
    for (const write of this.#queues.all()) {
      if (write.name === name) write.work = workOf(write);
    }
    if (this.waiting > 0) this.#plan();
  }

  replay(): Promise<void> {
    if (this.#flight !== null) this.#again = true;
    this.#flight ??= this.#rounds().then(() => {
      this.#flight = null;
    });
    return this.#flight;
  }

  abandon(): number {
    const left = this.#queues.all();
    this.#queues.clear();
    for (const write of left) {
      const made = this.#underWay.get(write);
      if (made !== undefined) this.#store.leave(write, made);
      if (this.#store.durable) continue;
      if (made === undefined) this.#store.forget(write);
      this.#lose(write, this.#detachedFault(made !== undefined));
    }
    return this.#store.durable ? 0 : left.length;
  }

  async #keep(write: KeptWrite): Promise<void> {
    const { key, idempotencyKey, bytes } = write;
    const refusal = this.#store.refusal(bytes);
    if (refusal !== null) throw this.#notKept(write, 'PRUNELLA_WRITES_FULL', refusal);
    this.#queues.insert(write);
    try {
      await this.#store.keep(write);
    } catch (error) {
      this.#queues.remove(write);
      throw this.#notKept(write, 'PRUNELLA_WRITE_NOT_KEPT', textOf(error));
    }
    this.#core.emitter.emit('kept', { key, idempotencyKey, waiting: this.waiting });
    this.#plan();
  }

  async #rounds(): Promise<void> {
    let goesOn = true;
    while (goesOn) {
      this.#again = false;
      goesOn = (await this.#round()) && this.#again;
    }
  }

  /** One walk over the keys, several at a time; false where one still fails. */
  #round(): Promise<boolean> {
    const keys = this.#queues.keys();
    const refused: string[] = [];
    let lanes = 0;
    return new Promise((resolve) => {
      const next = () => {
        while (refused.length === 0 && lanes < this.#pace.lanes) {
          const key = keys.next().value;
          if (key === undefined) break;
          if (this.#queues.ready(key) === undefined) {
            this.#warnOfUndefined(key);
            continue;
          }
          lanes++;
          this.#drain(key).then((drained) => {
            lanes--;
            if (!drained) refused.push(key);
            next();
          });
        }
        if (lanes > 0) return;
        // Such as those of one table that is lost: next time the others come first, or they would never be made.
        for (const key of refused) this.#queues.toEnd(key);
        resolve(refused.length === 0);
      };
      next();
    });
  }

  /** A handler that was renamed or forgotten would keep its writes waiting without a word. */
  #warnOfUndefined(key: string): void {
    const first = this.#queues.of(key)[0];
    if (first === undefined || first.work !== null || this.#warnedOf.has(first.name)) return;
    this.#warnedOf.add(first.name);
    const { resource } = this.#core.settings;
    const what = `${resource}: writes named "${first.name}" wait in the journal, and this process does not define that name`;
    process.emitWarning(
      `${what}; they and later writes to their keys are not made before it does`,
      'PrunellaWarning',
    );
  }

  /** False where the resource does not take it yet. */
  async #drain(key: string): Promise<boolean> {
    this.#replaying.add(key);
    try {
      for (let write = this.#queues.ready(key); write !== undefined; write = this.#queues.ready(key)) {
        if (!(await this.#replayOne(write))) return false;
      }
    } finally {
      this.#replaying.delete(key);
    }
    if (!this.#queues.has(key)) await this.#settle(key);
    return true;
  }

  async #replayOne(write: KeptWrite): Promise<boolean> {
    const { clock, emitter } = this.#core;
    const { key, idempotencyKey, work } = write;
    const beganAt = clock.now();
    if (work === null) return false;
    const attempt = work.attempt(true);
    this.#underWay.set(
      write,
      attempt.then(({ ok }) => ok),
    );
    const outcome = await attempt;
    this.#underWay.delete(write);
    if (outcome.ok) {
      this.#pace.made(write.name, clock.now() - beganAt);
      if (this.#core.detached && !this.#store.durable) this.#unqueue(write);
      else this.#remove(write);
      emitter.emit('replayed', { key, idempotencyKey, waitedMs: clock.now() - write.keptAt });
      return !this.#core.detached;
    }
    write.mayBeMade ||= outcome.fault.outcomeUnknown;
    const fault: Fault = { ...outcome.fault, outcomeUnknown: write.mayBeMade };
    if (this.#core.detached) return false;
    if (mayBeItsOwn.has(fault.kind) && fault.code !== 'PRUNELLA_BREAKER_OPEN') write.attempts++;
    if (fault.kind !== 'caller' && write.attempts < this.#attemptsAtMost) {
      this.#store.failed(write, fault);
      return false;
    }
    this.#queues.remove(write);
    this.#store.setAside(write, fault);
    if (this.#store.durable) emitter.emit('setAside', { key, idempotencyKey, fault });
    else this.#lose(write, fault);
    return true;
  }

  #remove(write: KeptWrite): void {
    this.#unqueue(write);
    this.#store.forget(write);
  }

  #unqueue(write: KeptWrite): void {
    if (write.work?.change(undefined) !== null) this.#copies.overtakeLoads(write.key);
    this.#queues.remove(write);
  }

  #settle(key: string): Promise<void> {
    return this.#copies.settle(key, () => this.waitsFor(key));
  }

  #lose({ key, idempotencyKey, mayBeMade }: KeptWrite, fault: Fault): void {
    const outcomeUnknown = fault.outcomeUnknown || mayBeMade;
    this.#core.emitter.emit('lost', { key, idempotencyKey, fault: { ...fault, outcomeUnknown } });
  }

  #detachedFault(outcomeUnknown: boolean): Fault {
    return { ...detachedFault(this.#core.settings.resource), outcomeUnknown };
  }

  #notKept(write: KeptWrite, code: Fault['code'], why: string): FaultError {
    const { resource, kind, cause, outcomeUnknown } = write.reason;
    const message =
      `${resource}: the write ${write.idempotencyKey} to ${write.key} is lost: ${why};` +
      ` it failed with: ${write.reason.message}`;
    const fault: Fault = { code, kind, resource, message, cause, outcomeUnknown };
    this.#lose(write, fault);
    return new FaultError(fault);
  }
}

/** Why one is kept that was not tried: it must not overtake this one. */
function behind({ reason }: KeptWrite): Outcome<never> {
  return { ok: false, fault: { ...reason, outcomeUnknown: false } };
}
