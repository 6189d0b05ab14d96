import { type Fault, FaultError } from '../fault.ts';
import type { CallContext } from '../guard.ts';
import type { Internals } from '../internals.ts';
import type { CachedCopies } from '../runtime/cached-copies.ts';
import { tryRun } from '../runtime/call.ts';
import { type Core, cannotWait, detachedFault, toError } from '../runtime/core.ts';
import type { KeptWrites } from '../runtime/kept-writes.ts';
import type { WriteAnswer, WriteContext, WriteRequest } from './request.ts';

interface KeptWrite {
  readonly order: number;
  readonly key: string;
  readonly idempotencyKey: string;
  readonly keptAt: number;
  readonly bytes: number;
  readonly reason: Fault;
  /** The fault, or null where it was made. */
  readonly replay: () => Promise<Fault | null>;
  readonly change: Change | null;
}

export interface Limits {
  readonly maximumCount: number;
  readonly maximumBytes: number;
}

type Change = (copy: unknown) => unknown;

/** Keys whose kept writes are made at the same moment. */
const lanes = 8;

/**
 * What could not be written is kept in memory, applied to the cached copy, and replayed: the writes of a key in
 * the order in which they were begun, one at a time; new ones to that key wait behind them. Several keys go side
 * by side, or an application that writes as fast as one replay could never catch up.
 */
export class WaitingWrites<Handle> implements KeptWrites {
  readonly #core: Core<Handle>;
  readonly #copies: CachedCopies<Handle>;
  readonly #plan: () => void;
  readonly #limits: Limits;
  readonly #kept = new Map<string, KeptWrite[]>();
  readonly #replaying = new Set<string>();
  #waiting = 0;
  #bytes = 0;
  #begun = 0;
  #flight: Promise<void> | null = null;

  constructor({ core, copies, plan }: Internals<Handle>, limits: Limits) {
    this.#core = core;
    this.#copies = copies;
    this.#plan = plan;
    this.#limits = limits;
  }

  get waiting(): number {
    return this.#waiting;
  }

  waitsFor(key: string): boolean {
    return this.#kept.has(key);
  }

  isReplaying(key: string): boolean {
    return this.#replaying.has(key);
  }

  applyWaiting(key: string, fresh: unknown): unknown {
    let value = fresh;
    for (const { change } of this.#kept.get(key) ?? []) {
      if (change !== null) value = this.#changed(key, change, value) ?? value;
    }
    return value;
  }

  async write<Payload, Result, Value>(
    request: WriteRequest<Handle, Payload, Result, Value>,
    deadlineMs: number,
  ): Promise<WriteAnswer<Result>> {
    const { key, payload, apply, applyToCached } = request;
    const idempotencyKey = request.idempotencyKey ?? crypto.randomUUID();
    const order = this.#begun++;
    const attempt = (replay: boolean) =>
      tryRun(
        this.#core,
        (handle, context) => apply(handle, writeContext(context, payload, idempotencyKey, replay)),
        deadlineMs,
      );
    const changeWith = (result: Result | undefined): Change | null =>
      applyToCached === undefined
        ? null
        : (copy) => applyToCached(copy as Value | undefined, payload, result);

    const first = this.#kept.get(key)?.[0];
    const outcome =
      first === undefined ? await attempt(false) : ({ ok: false, fault: first.reason } as const);
    if (outcome.ok) {
      const made = changeWith(outcome.value);
      if (made !== null) await this.#changeCopy(key, made, false);
      return { pending: false, value: outcome.value };
    }
    const reason = this.#core.detached ? detachedFault(this.#core.settings.resource) : outcome.fault;
    if (cannotWait(reason)) throw toError(reason);
    const change = changeWith(undefined);
    this.#keep({
      order,
      key,
      idempotencyKey,
      reason,
      keptAt: this.#core.clock.now(),
      bytes: approximateBytes(payload),
      change,
      replay: async () => {
        const replayed = await attempt(true);
        return replayed.ok ? null : replayed.fault;
      },
    });
    const waiting = this.#waiting;
    if (change !== null) await this.#changeCopy(key, change, true);
    return { pending: true, waiting, reason };
  }

  replay(): Promise<void> {
    this.#flight ??= this.#drain().then(() => {
      this.#flight = null;
    });
    return this.#flight;
  }

  abandon(): number {
    const lost = [...this.#kept.values()].flat();
    this.#kept.clear();
    this.#waiting = 0;
    for (const kept of lost) this.#lose(kept, detachedFault(this.#core.settings.resource));
    return lost.length;
  }

  #keep(write: KeptWrite): void {
    const { maximumCount, maximumBytes } = this.#limits;
    if (this.#waiting >= maximumCount || this.#bytes + write.bytes > maximumBytes) {
      const { resource, kind, cause, outcomeUnknown } = write.reason;
      const message =
        `${resource}: the write ${write.idempotencyKey} to ${write.key} is lost: ${this.#waiting} writes` +
        ` (about ${this.#bytes} bytes) wait already, of ${maximumCount} (${maximumBytes}) allowed by the options` +
        ` of degradedWrites; it failed with: ${write.reason.message}`;
      const fault: Fault = { code: 'PRUNELLA_WRITES_FULL', kind, resource, message, cause, outcomeUnknown };
      this.#lose(write, fault);
      throw new FaultError(fault);
    }
    const { key, idempotencyKey } = write;
    const queue = this.#kept.get(key) ?? [];
    this.#kept.set(key, queue);
    let place = queue.length;
    while (place > 0 && (queue[place - 1]?.order ?? 0) > write.order) place--;
    queue.splice(place, 0, write);
    this.#waiting++;
    this.#bytes += write.bytes;
    this.#core.emitter.emit('kept', { key, idempotencyKey, waiting: this.#waiting });
    this.#plan();
  }

  async #drain(): Promise<void> {
    // The lanes share one walk over the keys, which also meets those that are added meanwhile.
    const walk = this.#kept.entries();
    const refused: string[] = [];
    const lane = async () => {
      for (const [key, queue] of walk) {
        this.#replaying.add(key);
        if (!(await this.#drainKey(key, queue))) refused.push(key);
        this.#replaying.delete(key);
        if (refused.length > 0) return;
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    // Such as those of one table that is lost: next time the others come first, or they would never be made.
    for (const key of refused) {
      const queue = this.#kept.get(key);
      if (queue === undefined) continue;
      this.#kept.delete(key);
      this.#kept.set(key, queue);
    }
  }

  /** False where the resource does not take it yet. */
  async #drainKey(key: string, queue: KeptWrite[]): Promise<boolean> {
    for (let first = queue[0]; first !== undefined; first = queue[0]) {
      const fault = await first.replay();
      if (this.#core.detached || (fault !== null && fault.kind !== 'caller')) return false;
      if (first.change !== null) this.#copies.overtakeLoads(key);
      queue.splice(queue.indexOf(first), 1);
      this.#waiting--;
      this.#bytes -= first.bytes;
      const { idempotencyKey, keptAt } = first;
      if (fault !== null) this.#lose(first, fault);
      else {
        const waitedMs = this.#core.clock.now() - keptAt;
        this.#core.emitter.emit('replayed', { key, idempotencyKey, waitedMs });
      }
    }
    this.#kept.delete(key);
    await this.#settleCopy(key);
    return true;
  }

  #lose({ key, idempotencyKey }: KeptWrite, fault: Fault): void {
    this.#core.emitter.emit('lost', { key, idempotencyKey, fault });
  }

  #changeCopy(key: string, change: Change, pending: boolean): Promise<void> {
    this.#copies.overtakeLoads(key);
    const work = async () => {
      const copy = await this.#copies.get(key);
      if (copy === null) return;
      const value = this.#changed(key, change, copy?.value);
      if (value === undefined) return;
      const storedAt = copy?.storedAt ?? this.#core.clock.wall();
      await this.#copies.set(key, { value, storedAt, pending: pending || copy?.pending === true });
    };
    return this.#copies.inOrder(key, work, () => {});
  }

  #settleCopy(key: string): Promise<void> {
    const work = async () => {
      const copy = await this.#copies.get(key);
      if (copy?.pending === true && !this.waitsFor(key)) {
        await this.#copies.set(key, { value: copy.value, storedAt: copy.storedAt, pending: false });
      }
    };
    return this.#copies.inOrder(key, work, () => {});
  }

  #changed(key: string, change: Change, value: unknown): unknown {
    try {
      return change(value);
    } catch (error) {
      this.#copies.failed(key, 'apply', error);
      return undefined;
    }
  }
}

function writeContext<Payload>(
  context: CallContext,
  payload: Payload,
  idempotencyKey: string,
  replay: boolean,
): WriteContext<Payload> {
  return {
    payload,
    idempotencyKey,
    replay,
    get signal() {
      return context.signal;
    },
    remainingMs: () => context.remainingMs(),
  };
}

/** Two bytes a character of its JSON; 1,024 where it is no JSON value. */
function approximateBytes(payload: unknown): number {
  try {
    return 2 * (JSON.stringify(payload)?.length ?? 0);
  } catch {
    return 1_024;
  }
}
