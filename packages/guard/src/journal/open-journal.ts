import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { checkMethods, checkNumber, checkObject } from '../check.ts';
import { type Clock, systemClock } from '../clock.ts';
import { OptionError } from '../fault.ts';
import type { Guard } from '../guard.ts';
import type { DefinedWrites } from '../writes/request.ts';
import type { JournalEntry } from './entry.ts';
import { JournalError, journalErrorFrom } from './journal-error.ts';
import { type EntryQuery, JournalFile, type JournalRequest } from './journal-file.ts';
import { lockJournal } from './journal-lock.ts';
import { JournalBooks } from './journal-store.ts';
import { GuardsPart, type JournaledWritesOptions } from './journaled-writes.ts';

/** Between two looks for what others ask for in the file. */
const lookEveryMs = 1_000;
const pageSize = 1_000;

export interface JournalOptions {
  /** The SQLite file; made with mode 0600 where there is none. Its folder must exist, on a local disk. */
  readonly file: string;
  /** Of all guards, those set aside included: 1 to 10,000,000. Default 100,000. */
  readonly maximumEntries?: number;
  /** Of their texts, two bytes a character: 1,024 to 68,719,476,736. Default 67,108,864. They are in memory, too. */
  readonly maximumBytes?: number;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

/** Kept writes on disk. What `write` answered with `pending: true` is there, whatever happens to the process. */
export interface Journal {
  readonly file: string;
  /** Waiting and set aside. */
  readonly entries: number;
  readonly bytes: number;

  /**
   * Puts journaled writes on a guard, once. Define the handlers next: what a former process kept for this resource
   * is replayed then, after whatever wait the resource needs. Throws an `OptionError`.
   */
  writesFor<Handle>(guard: Guard<Handle>, options?: JournaledWritesOptions): DefinedWrites<Handle>;

  /** In the order in which they were begun. `limit` is 1 to 10,000; default 100. */
  list(query?: Partial<EntryQuery>): JournalEntry[];
  entry(id: number): JournalEntry | undefined;

  /** Lets one that was set aside wait for its replay again; where the resource is well, it is made at once. */
  retry(id: number): void;
  /** Gives one up: it will not be made. Throws `journal-entry-under-way` while it is being replayed. */
  discard(id: number): void;

  /** Lets go of the file. What waits stays there for the next process. Detach the guards first. */
  close(): Promise<void>;
}

/**
 * Opens a journal, or makes it. Throws a `JournalError` (a journal that another process has open, that is damaged,
 * or of a newer version is left as it is), and an `OptionError` for a wrong option.
 */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  checkObject('openJournal', options, ['file', 'maximumEntries', 'maximumBytes', 'clock']);
  const { file, clock = systemClock } = options;
  if (typeof file !== 'string' || file === '') throw new OptionError('file', file, 'the path of a file');
  checkMethods('clock', clock, ['now', 'wall', 'after']);
  const limits = {
    maximumEntries: checkNumber('maximumEntries', options.maximumEntries ?? 100_000, 1, 1e7, true),
    maximumBytes: checkNumber('maximumBytes', options.maximumBytes ?? 2 ** 26, 1_024, 2 ** 36),
  };
  const path = await realPath(resolve(file));
  const unlock = await lockJournal(path);
  try {
    const books = new JournalBooks(await JournalFile.open(path, clock), limits);
    return new OpenJournal(books, clock, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

/** By whatever links it was named: two names of one file must meet at one lock. */
async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    // Not made yet.
  }
  try {
    return join(await realpath(dirname(path)), basename(path));
  } catch (cause) {
    throw journalErrorFrom(cause, 'find the folder of', path);
  }
}

/** What the journal asks of a guard's part, whatever the guard's handle is. */
type Part = Pick<GuardsPart<unknown>, 'detached' | 'restore' | 'discard' | 'replay'>;

class OpenJournal implements Journal {
  readonly file: string;
  readonly #books: JournalBooks;
  readonly #clock: Clock;
  readonly #unlock: () => void;
  readonly #parts = new Map<string, Part>();
  #unanswered = true;
  #stopLooking = () => {};

  constructor(books: JournalBooks, clock: Clock, unlock: () => void) {
    this.file = books.file.path;
    this.#books = books;
    this.#clock = clock;
    this.#unlock = unlock;
    this.#look();
  }

  get entries(): number {
    return this.#books.count;
  }

  get bytes(): number {
    return this.#books.bytes;
  }

  writesFor<Handle>(guard: Guard<Handle>, options: JournaledWritesOptions = {}): DefinedWrites<Handle> {
    const { resource } = guard;
    if (this.#parts.get(resource)?.detached === false) {
      throw new OptionError('guard', resource, 'one guard a resource and journal');
    }
    const part = new GuardsPart(guard, this.#books, options);
    this.#parts.set(resource, part);
    for (let page = this.#waitingOf(resource, 0); page.length > 0; ) {
      for (const entry of page) part.restore(entry);
      page = this.#waitingOf(resource, page.at(-1)?.id ?? 0);
    }
    return part;
  }

  list(query: Partial<EntryQuery> = {}): JournalEntry[] {
    const limit = checkNumber('limit', query.limit ?? 100, 1, 10_000, true);
    return this.#books.file.list({ ...query, limit });
  }

  entry(id: number): JournalEntry | undefined {
    return this.#books.file.entry(id);
  }

  retry(id: number): void {
    const entry = this.#known(id);
    const part = this.#part(entry);
    if (entry.state === 'poison') {
      this.#books.file.tryAgain(id);
      part?.restore({ ...entry, state: 'waiting', attempts: 0 });
    }
    part?.replay();
    this.#books.file.flush();
  }

  discard(id: number): void {
    const entry = this.#known(id);
    const part = entry.state === 'waiting' ? this.#part(entry) : undefined;
    if (this.#books.left(id) !== undefined || part?.discard(id) === false) {
      const message = `entry ${id} of ${this.file} is just being replayed: try again when it has ended`;
      throw new JournalError('journal-entry-under-way', message);
    }
    if (part === undefined) {
      this.#books.free(entry.bytes);
      this.#books.file.remove(id);
    }
    this.#books.file.flush();
  }

  async close(): Promise<void> {
    this.#stopLooking();
    this.#books.file.close();
    this.#unlock();
  }

  #waitingOf(resource: string, after: number): JournalEntry[] {
    return this.#books.file.list({ resource, state: 'waiting', after, limit: pageSize });
  }

  #part({ resource }: JournalEntry): Part | undefined {
    const part = this.#parts.get(resource);
    return part?.detached === false ? part : undefined;
  }

  #known(id: number): JournalEntry {
    const entry = this.entry(id);
    if (entry !== undefined) return entry;
    throw new JournalError('journal-no-such-entry', `there is no entry ${id} in ${this.file}: see its list`);
  }

  /** Answers what others have asked for, such as the command `prunella journal`. */
  #look(): void {
    try {
      const requests = this.#books.file.requests(this.#unanswered);
      this.#unanswered = requests.filter((request) => !this.#answer(request)).length > 0;
    } catch (error) {
      this.#unanswered = true;
      process.emitWarning(`the requests in ${this.file} cannot be read: ${String(error)}`, 'PrunellaWarning');
    }
    this.#stopLooking = this.#clock.after(lookEveryMs, () => this.#look());
  }

  /** False where it must wait. */
  #answer({ id, entry, action }: JournalRequest): boolean {
    try {
      if (action === 'retry') this.retry(entry);
      else this.discard(entry);
    } catch (error) {
      const { code } = error as JournalError;
      if (code === 'journal-entry-under-way') return false;
      if (code !== 'journal-no-such-entry') throw error;
    }
    this.#books.file.answered(id);
    return true;
  }
}
