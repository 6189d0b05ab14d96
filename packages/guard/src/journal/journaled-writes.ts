import { checkNumber, checkObject } from '../check.ts';
import { FaultError, OptionError } from '../fault.ts';
import type { Guard } from '../guard.ts';
import { type Internals, internalsOf } from '../internals.ts';
import { checkDeadline } from '../runtime/settings.ts';
import { textOf } from '../runtime/text-of.ts';
import { checkDefinedWrite, checkHandler, checkText } from '../writes/check-write.ts';
import type { KeptWrite } from '../writes/kept-write.ts';
import type { DefinedWrite, DefinedWrites, WriteAnswer, WriteHandler } from '../writes/request.ts';
import { WaitingWrites } from '../writes/waiting-writes.ts';
import { workOf } from '../writes/work.ts';
import type { JournalEntry } from './entry.ts';
import { type JournalBooks, JournalStore } from './journal-store.ts';

export interface JournaledWritesOptions {
  /** Keys that are replayed side by side, at most: 1 to 64. Default 8. */
  readonly replayConcurrency?: number;
  /**
   * A write whose replays failed so often while pings passed is set aside, 1 to 1,000; counted are the kinds
   * `unreachable`, `timeout`, `corrupt` and `unknown`, which it may cause itself. Default 25. One that fails by the
   * caller's fault is set aside at once.
   */
  readonly attemptsAtMost?: number;
}

/** One guard's part of a journal. */
export class GuardsPart<Handle> implements DefinedWrites<Handle> {
  readonly #inside: Internals<Handle>;
  readonly #books: JournalBooks;
  readonly #writes: WaitingWrites<Handle>;
  readonly #handlers = new Map<string, (write: KeptWrite) => KeptWrite['work']>();

  constructor(guard: Guard<Handle>, books: JournalBooks, options: JournaledWritesOptions) {
    const inside = internalsOf(guard);
    checkObject('writesFor', options, ['replayConcurrency', 'attemptsAtMost']);
    if (inside.core.writes !== null) throw new OptionError('guard', guard, 'a guard without degraded writes');
    const limits = {
      concurrency: checkNumber('replayConcurrency', options.replayConcurrency ?? 8, 1, 64, true),
      attempts: checkNumber('attemptsAtMost', options.attemptsAtMost ?? 25, 1, 1_000, true),
    };
    this.#inside = inside;
    this.#books = books;
    this.#writes = new WaitingWrites(inside, new JournalStore(books, inside.core), limits);
    inside.core.writes = this.#writes;
  }

  get waiting(): number {
    return this.#writes.waiting;
  }

  get detached(): boolean {
    return this.#inside.core.detached;
  }

  define<Payload, Result = void, Value = unknown>(
    name: string,
    handler: WriteHandler<Handle, Payload, Result, Value>,
  ): (write: DefinedWrite<Payload>) => Promise<WriteAnswer<Result>> {
    const { core } = this.#inside;
    checkText('name', name);
    if (this.#handlers.has(name)) throw new OptionError('name', name, 'a name that is not defined yet');
    checkHandler(handler);
    const deadlineMs = checkDeadline(handler.deadlineMs ?? core.settings.deadlineMs);
    const work = (text: string, idempotencyKey: string) => {
      const payload: Payload = JSON.parse(text);
      return workOf(core, handler, { payload, idempotencyKey, deadlineMs });
    };
    const workOfKept = ({ text, idempotencyKey }: KeptWrite) => work(text, idempotencyKey);
    this.#handlers.set(name, workOfKept);
    this.#writes.define(name, workOfKept);
    return async (request) => {
      checkDefinedWrite(request);
      const { key, payload, idempotencyKey = crypto.randomUUID() } = request;
      const text = this.#textOf(payload);
      const bytes = 2 * (name.length + key.length + idempotencyKey.length + text.length);
      const write = { name, key, idempotencyKey, text, bytes, work: work(text, idempotencyKey) };
      return this.#writes.write(write);
    };
  }

  /** An entry of the file that waits. */
  restore({ id, name, key, idempotencyKey, payload, bytes, keptAt, attempts, fault }: JournalEntry): void {
    const { clock, settings } = this.#inside.core;
    const write: KeptWrite = {
      order: id,
      name,
      key,
      idempotencyKey,
      text: JSON.stringify(payload),
      bytes,
      keptAt: clock.now() - Math.max(0, clock.wall() - keptAt),
      attempts,
      reason: { ...fault, resource: settings.resource, outcomeUnknown: false },
      work: null,
      // A former process may have died after it was made.
      mayBeMade: true,
      elsewhere: false,
    };
    write.work = this.#handlers.get(name)?.(write) ?? null;
    // Two tries at once would have no order, and would both take it out of the books.
    const left = this.#books.left(id);
    write.elsewhere = left !== undefined;
    this.#writes.restore(write);
    left?.then((made) => this.#writes.cameBack(write, made));
  }

  /** False where it is just being made. */
  discard(id: number): boolean {
    return this.#writes.discard(id);
  }

  /** Where the resource is well; else the recovery does it. */
  replay(): void {
    if (this.#inside.core.health.condition === 'ok') this.#writes.replay();
  }

  #textOf(payload: unknown): string {
    try {
      const text = JSON.stringify(payload);
      if (text !== undefined) return text;
    } catch (error) {
      throw this.#noJson(textOf(error), error);
    }
    throw this.#noJson(`it is ${typeof payload}`, undefined);
  }

  #noJson(why: string, cause: unknown): FaultError {
    const { resource } = this.#inside.core.settings;
    const message = `${resource}: the payload is no JSON value, so that it could not be kept: ${why}`;
    return new FaultError({
      code: 'PRUNELLA_FAULT',
      kind: 'caller',
      resource,
      message,
      cause,
      outcomeUnknown: false,
    });
  }
}
