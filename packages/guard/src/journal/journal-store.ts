import type { Fault } from '../fault.ts';
import type { Core } from '../runtime/core.ts';
import type { KeptWrite, WriteStore } from '../writes/kept-write.ts';
import type { JournalFile } from './journal-file.ts';

/** What all guards of one journal share: its file, its room, its numbers. */
export class JournalBooks {
  readonly file: JournalFile;
  readonly #maximumEntries: number;
  readonly #maximumBytes: number;
  /** Tries of entries that are not over although the guard which began them is detached. */
  readonly #left = new Map<number, Promise<boolean>>();
  #lastId: number;
  count: number;
  bytes: number;

  constructor(file: JournalFile, limits: { readonly maximumEntries: number; readonly maximumBytes: number }) {
    this.file = file;
    this.#maximumEntries = limits.maximumEntries;
    this.#maximumBytes = limits.maximumBytes;
    this.#lastId = file.lastId();
    const { count, bytes } = file.size();
    this.count = count;
    this.bytes = bytes;
  }

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  refusal(bytes: number): string | null {
    if (this.count < this.#maximumEntries && this.bytes + bytes <= this.#maximumBytes) return null;
    return (
      `the journal ${this.file.path} holds ${this.count} writes (${this.bytes} bytes), of ${this.#maximumEntries}` +
      ` (${this.#maximumBytes}) allowed by maximumEntries and maximumBytes; those set aside count, too`
    );
  }

  take(bytes: number): void {
    this.count += 1;
    this.bytes += bytes;
  }

  free(bytes: number): void {
    this.count -= 1;
    this.bytes -= bytes;
  }

  leave(id: number, made: Promise<boolean>): void {
    this.#left.set(id, made);
    made.then(() => this.#left.delete(id));
  }

  /** Whether the entry was made, once that try is over; undefined where there is none. */
  left(id: number): Promise<boolean> | undefined {
    return this.#left.get(id);
  }
}

/** The journal as the store of one guard's writes. */
export class JournalStore<Handle> implements WriteStore {
  readonly durable = true;
  readonly #books: JournalBooks;
  readonly #core: Core<Handle>;

  constructor(books: JournalBooks, core: Core<Handle>) {
    this.#books = books;
    this.#core = core;
  }

  nextOrder(): number {
    return this.#books.nextId();
  }

  refusal(bytes: number): string | null {
    return this.#books.refusal(bytes);
  }

  async keep(write: KeptWrite): Promise<void> {
    const { order, name, key, idempotencyKey, text, bytes, reason } = write;
    const { settings, clock } = this.#core;
    const { resource } = settings;
    const entry = { id: order, resource, name, key, idempotencyKey, text, bytes };
    this.#books.take(bytes);
    try {
      await this.#books.file.add({ ...entry, keptAt: clock.wall(), fault: reason });
    } catch (error) {
      this.#books.free(bytes);
      throw error;
    }
  }

  forget({ order, bytes }: KeptWrite): void {
    this.#books.free(bytes);
    this.#books.file.remove(order);
  }

  failed({ order, attempts }: KeptWrite, fault: Fault): void {
    this.#books.file.failed(order, attempts, 'waiting', fault);
  }

  leave({ order }: KeptWrite, made: Promise<boolean>): void {
    this.#books.leave(order, made);
  }

  setAside({ order, attempts }: KeptWrite, fault: Fault): void {
    this.#books.file.failed(order, attempts, 'poison', fault);
  }
}
