import { type Fault, FaultError } from '../fault.ts';
import type { CallContext, WriteAnswer, WriteContext, WriteRequest } from '../guard.ts';
import type { CachedCopies } from './cached-copies.ts';
import { tryRun } from './call.ts';
import { type Core, cannotWait, detachedFault, toError } from './core.ts';

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

type Change = (copy: unknown) => unknown;

/**
 * Writes in the order in which they were begun: what could not be made is kept in memory, applied to the cached
 * copy, and replayed one by one; while any waits, new ones wait behind it.
 */
export class Writes<Handle> {
  readonly #core: Core<Handle>;
  readonly #copies: CachedCopies<Handle>;
  readonly #onKept: () => void;
  readonly #kept: KeptWrite[] = [];
  readonly #waitingByKey = new Map<string, number>();
  #bytes = 0;
  #begun = 0;
  #flight: Promise<void> | null = null;

  constructor(core: Core<Handle>, copies: CachedCopies<Handle>, onKept: () => void) {
    this.#core = core;
    this.#copies = copies;
    this.#onKept = onKept;
  }

  get waiting(): number {
    return this.#kept.length;
  }

  waitsFor(key: string): boolean {
    return this.#waitingByKey.has(key);
  }

  /** A fresh value as it will be after the writes that wait for it. */
  applyWaiting(key: string, fresh: unknown): unknown {
    if (!this.waitsFor(key)) return fresh;
    let value = fresh;
    for (const kept of this.#kept) {
      if (kept.key === key && kept.change !== null) value = this.#changed(key, kept.change, value) ?? value;
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
    const change: Change | null =
      applyToCached === undefined ? null : (copy) => applyToCached(copy as Value | undefined, payload);

    const first = this.#kept[0];
    const outcome =
      first === undefined ? await attempt(false) : ({ ok: false, fault: first.reason } as const);
    if (outcome.ok) {
      if (change !== null) await this.#changeCopy(key, change, false);
      return { pending: false, value: outcome.value };
    }
    const reason = this.#core.detached ? detachedFault(this.#core.settings.resource) : outcome.fault;
    if (cannotWait(reason)) throw toError(reason);
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
    const waiting = this.#kept.length;
    if (change !== null) await this.#changeCopy(key, change, true);
    return { pending: true, waiting, reason };
  }

  /** Makes the kept writes, until one fails that may yet succeed. Never rejects. */
  replay(): Promise<void> {
    this.#flight ??= this.#drain().then(() => {
      this.#flight = null;
    });
    return this.#flight;
  }

  /** Gives up what waits; answers how many. */
  abandon(): number {
    const lost = this.#kept.splice(0);
    for (const kept of lost) this.#lose(kept, detachedFault(this.#core.settings.resource));
    this.#waitingByKey.clear();
    return lost.length;
  }

  #keep(write: KeptWrite): void {
    const { maximumCount, maximumBytes } = this.#core.settings.writes;
    if (this.#kept.length >= maximumCount || this.#bytes + write.bytes > maximumBytes) {
      const { resource, kind, cause, outcomeUnknown } = write.reason;
      const message =
        `${resource}: the write ${write.idempotencyKey} to ${write.key} is lost: ${this.#kept.length} writes` +
        ` (about ${this.#bytes} bytes) wait already, of ${maximumCount} (${maximumBytes}) allowed by the option` +
        ` writes; it failed with: ${write.reason.message}`;
      const fault: Fault = { code: 'PRUNELLA_WRITES_FULL', kind, resource, message, cause, outcomeUnknown };
      this.#lose(write, fault);
      throw new FaultError(fault);
    }
    let place = this.#kept.length;
    while (place > 0 && (this.#kept[place - 1]?.order ?? 0) > write.order) place--;
    this.#kept.splice(place, 0, write);
    this.#bytes += write.bytes;
    this.#waitingByKey.set(write.key, (this.#waitingByKey.get(write.key) ?? 0) + 1);
    const { key, idempotencyKey } = write;
    this.#core.emitter.emit('kept', { key, idempotencyKey, waiting: this.#kept.length });
    this.#onKept();
  }

  async #drain(): Promise<void> {
    for (let first = this.#kept[0]; first !== undefined; first = this.#kept[0]) {
      const fault = await first.replay();
      if (this.#core.detached || (fault !== null && fault.kind !== 'caller')) return;
      this.#remove(first);
      if (fault !== null) this.#lose(first, fault);
      else {
        const { key, idempotencyKey, keptAt } = first;
        const waitedMs = this.#core.clock.now() - keptAt;
        this.#core.emitter.emit('replayed', { key, idempotencyKey, waitedMs });
      }
      if (!this.waitsFor(first.key)) await this.#settleCopy(first.key);
    }
  }

  #remove(write: KeptWrite): void {
    this.#kept.splice(this.#kept.indexOf(write), 1);
    this.#bytes -= write.bytes;
    const left = (this.#waitingByKey.get(write.key) ?? 1) - 1;
    if (left > 0) this.#waitingByKey.set(write.key, left);
    else this.#waitingByKey.delete(write.key);
  }

  #lose({ key, idempotencyKey }: KeptWrite, fault: Fault): void {
    this.#core.emitter.emit('lost', { key, idempotencyKey, fault });
  }

  #changeCopy(key: string, change: Change, pending: boolean): Promise<void> {
    return this.#copies.inOrder(key, async () => {
      const copy = await this.#copies.get(key);
      if (copy === null) return;
      const value = this.#changed(key, change, copy?.value);
      if (value === undefined) return;
      const storedAt = copy?.storedAt ?? this.#core.clock.wall();
      await this.#copies.set(key, { value, storedAt, pending: pending || copy?.pending === true });
    });
  }

  #settleCopy(key: string): Promise<void> {
    return this.#copies.inOrder(key, async () => {
      const copy = await this.#copies.get(key);
      if (copy?.pending === true && !this.waitsFor(key)) {
        await this.#copies.set(key, { value: copy.value, storedAt: copy.storedAt, pending: false });
      }
    });
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
