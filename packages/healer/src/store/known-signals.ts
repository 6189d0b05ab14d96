import type { DatabaseSync } from 'node:sqlite';

/** 512 KiB: of 200,000 ids, as many as are kept, one in a hundred that is new is looked up for nothing. */
const bitCount = 2 ** 22;
const bitsForEach = 4;

/** Ids read from the table at a time, and how many may come in until it is read anew without those that are forgotten. */
const readAtOnce = 256;
const countAtMost = 400_000;

/**
 * Says of most signals for certain that they are new, so that the table is not asked about each. A Bloom filter: what
 * it says to be known may not be. It is made when the first signal is written and filled from the table little by
 * little.
 */
export class KnownSignals {
  readonly #page: ReturnType<DatabaseSync['prepare']>;
  /** The one that answers; null while none is complete. */
  #whole: Filter | null = null;
  /** The next one. */
  #filling: Filter | null = null;
  /** Up to which row it was filled. */
  #readTo = 0;

  constructor(database: DatabaseSync) {
    this.#page = database.prepare(
      'SELECT sequence, key FROM signals WHERE sequence > ? ORDER BY sequence LIMIT ?',
    );
  }

  mayHave(key: string): boolean {
    return this.#whole === null || this.#whole.mayHave(key);
  }

  /** To be told of each id that `mayHave` must not deny from now on. */
  add(keys: readonly string[]): void {
    for (const key of keys) {
      this.#whole?.add(key);
      this.#filling?.add(key);
    }
  }

  /** A step of filling, to be taken now and then while signals are written. Never throws. */
  fill(): void {
    try {
      this.#fillOn();
    } catch {
      // A page that cannot be read: the table is asked about each, and whoever asks is told. What was written is written.
    }
  }

  #fillOn(): void {
    if (this.#filling === null) {
      if (this.#whole !== null && this.#whole.count < countAtMost) return;
      this.#filling = new Filter();
      this.#readTo = 0;
    }
    const rows = this.#page.all(this.#readTo, readAtOnce);
    for (const row of rows) this.#filling.add(String(row['key']));
    this.#readTo = Number(rows.at(-1)?.['sequence'] ?? this.#readTo);
    if (rows.length === readAtOnce) return;
    this.#whole = this.#filling;
    this.#filling = null;
  }
}

class Filter {
  readonly #bits = new Uint32Array(bitCount / 32);
  count = 0;

  add(key: string): void {
    this.count += 1;
    const [first, step] = hashesOf(key);
    for (let number = 0; number < bitsForEach; number += 1) {
      const bit = (first + number * step) >>> 0;
      const word = wordOf(bit);
      this.#bits[word] = (this.#bits[word] ?? 0) | (1 << (bit & 31));
    }
  }

  mayHave(key: string): boolean {
    const [first, step] = hashesOf(key);
    for (let number = 0; number < bitsForEach; number += 1) {
      const bit = (first + number * step) >>> 0;
      if (((this.#bits[wordOf(bit)] ?? 0) & (1 << (bit & 31))) === 0) return false;
    }
    return true;
  }
}

function wordOf(bit: number): number {
  return (bit >>> 5) & (bitCount / 32 - 1);
}

/** FNV-1a from two beginnings; the second is odd, so that the bits of one key differ. */
function hashesOf(key: string): readonly [first: number, step: number] {
  let first = 0x811c9dc5;
  let second = 0x1b873593;
  for (let index = 0; index < key.length; index += 1) {
    const code = key.charCodeAt(index);
    first = Math.imul(first ^ code, 0x01000193);
    second = Math.imul(second ^ code, 0x85ebca6b);
  }
  return [first ^ (first >>> 15), (second ^ (second >>> 13)) | 1];
}
