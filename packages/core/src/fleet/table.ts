/** A row and its number, which says its place among the others. */
export interface Numbered<Row> {
  readonly number: number;
  readonly row: Row;
}

/** What rows are found by: the keys of one row under each name. */
export type Finders<Row, Name extends string> = Readonly<Record<Name, (row: Row) => readonly string[]>>;

/** The rows that changed between two tables. */
export interface TableChanges<Row> {
  readonly set: readonly Numbered<Row>[];
  readonly gone: readonly number[];
}

/** The rows of the newest table of a family, which all older ones of it share. */
interface Shelf<Row> {
  readonly rows: Map<number, Row>;
  readonly found: Map<string, Map<string, Set<number>>>;
}

/** What an older table has otherwise than the next newer one. */
interface Difference<Row, Name extends string> {
  readonly number: number;
  readonly row: Row | undefined;
  readonly next: Table<Row, Name>;
}

/**
 * Rows in the order in which they came, found by their keys at once however many there are. Never changed: a change
 * gives another table. One `Map` holds the rows of all that came of one table; the newest reads it as it is, and an
 * older one, which is seldom asked again, first takes back what came after it (H. G. Baker, Shallow Binding Makes
 * Functional Arrays Fast, 1991).
 */
export class Table<Row, Name extends string = never> implements Iterable<Row> {
  readonly #finders: Finders<Row, Name>;
  /** Makes an object of the rows as JSON, by these keys; null: a list. */
  readonly #keyInJson: ((row: Row) => string) | null;
  /** The number of the next row. */
  readonly #next: number;
  #held: Shelf<Row> | Difference<Row, Name>;
  #rows: readonly Row[] | null = null;

  private constructor(
    finders: Finders<Row, Name>,
    keyInJson: ((row: Row) => string) | null,
    next: number,
    shelf: Shelf<Row>,
  ) {
    this.#finders = finders;
    this.#keyInJson = keyInJson;
    this.#next = next;
    this.#held = shelf;
  }

  static of<Row, Name extends string>(
    finders: Finders<Row, Name>,
    rows: Iterable<Numbered<Row>> = [],
    keyInJson: ((row: Row) => string) | null = null,
  ): Table<Row, Name> {
    const shelf: Shelf<Row> = { rows: new Map(), found: new Map() };
    const sorted = [...rows].sort((left, right) => left.number - right.number);
    const table = new Table(finders, keyInJson, (sorted.at(-1)?.number ?? -1) + 1, shelf);
    for (const { number, row } of sorted) table.#put(shelf, number, row);
    return table;
  }

  get size(): number {
    return this.#shelf().rows.size;
  }

  /** In their order. Looks at all: for tables that are bounded, and for what is told to people. */
  rows(): readonly Row[] {
    this.#rows ??= this.numbered().map(({ row }) => row);
    return this.#rows;
  }

  numbered(): readonly Numbered<Row>[] {
    const { rows } = this.#shelf();
    return [...rows].map(([number, row]) => ({ number, row })).sort(byNumber);
  }

  /** Those that are meant, in their order. Looks at all, as `rows` does, and makes nothing of the others. */
  where(isMeant: (row: Row) => boolean): readonly Numbered<Row>[] {
    const meant: Numbered<Row>[] = [];
    // Not `for`, which makes an entry of each.
    this.#shelf().rows.forEach((row, number) => {
      if (isMeant(row)) meant.push({ number, row });
    });
    return meant.sort(byNumber);
  }

  /** The one that came first. */
  eldest(): Numbered<Row> | undefined {
    const { rows } = this.#shelf();
    let first: number | undefined;
    for (const number of rows.keys()) {
      if (first === undefined || number < first) first = number;
    }
    const row = first === undefined ? undefined : rows.get(first);
    return first === undefined || row === undefined ? undefined : { number: first, row };
  }

  [Symbol.iterator](): Iterator<Row> {
    return this.rows()[Symbol.iterator]();
  }

  toJSON(): unknown {
    const key = this.#keyInJson;
    return key === null ? this.rows() : Object.fromEntries(this.rows().map((row) => [key(row), row]));
  }

  /** Those with this key, in their order. */
  find(name: Name, key = ''): readonly Numbered<Row>[] {
    const { rows, found } = this.#shelf();
    const numbers = found.get(name)?.get(key);
    if (numbers === undefined) return [];
    const numbered: Numbered<Row>[] = [];
    for (const number of numbers) {
      const row = rows.get(number);
      if (row !== undefined) numbered.push({ number, row });
    }
    return numbered.length > 1 ? numbered.sort(byNumber) : numbered;
  }

  /** The first with this key. */
  first(name: Name, key = ''): Numbered<Row> | undefined {
    return this.find(name, key)[0];
  }

  count(name: Name, key = ''): number {
    return this.#shelf().found.get(name)?.get(key)?.size ?? 0;
  }

  /** The keys that some row has. */
  keys(name: Name): Iterable<string> {
    return this.#shelf().found.get(name)?.keys() ?? [];
  }

  /** With one more, behind all others. */
  with(row: Row): Table<Row, Name> {
    return this.#changed(this.#next, row, this.#next + 1);
  }

  /** With another row in the place of that number. */
  withReplaced(number: number, row: Row): Table<Row, Name> {
    return this.#changed(number, row, this.#next);
  }

  without(number: number): Table<Row, Name> {
    return this.#shelf().rows.has(number) ? this.#changed(number, undefined, this.#next) : this;
  }

  /** What is otherwise than in an older table; where that is no forebear of this one, all of it. */
  changesSince(older: Table<Row, Name> | null): TableChanges<Row> {
    const shelf = this.#shelf();
    const numbers = new Set<number>();
    let at: Table<Row, Name> | null = older;
    while (at !== null && 'next' in at.#held) {
      numbers.add(at.#held.number);
      at = at.#held.next;
    }
    if (at === null || at.#held !== shelf) {
      const set = this.numbered();
      const gone = older?.numbered().filter(({ number }) => !shelf.rows.has(number)) ?? [];
      return { set, gone: gone.map(({ number }) => number) };
    }
    const set: Numbered<Row>[] = [];
    const gone: number[] = [];
    for (const number of numbers) {
      const row = shelf.rows.get(number);
      if (row === undefined) gone.push(number);
      else set.push({ number, row });
    }
    return { set, gone };
  }

  #changed(number: number, row: Row | undefined, next: number): Table<Row, Name> {
    const shelf = this.#shelf();
    const before = shelf.rows.get(number);
    const table = new Table(this.#finders, this.#keyInJson, next, shelf);
    table.#put(shelf, number, row);
    this.#held = { number, row: before, next: table };
    return table;
  }

  /** Takes back what newer tables have otherwise, so that they are the ones that hold a difference. */
  #shelf(): Shelf<Row> {
    if (!('next' in this.#held)) return this.#held;
    const way: Table<Row, Name>[] = [];
    let newest: Table<Row, Name> = this;
    while ('next' in newest.#held) {
      way.push(newest);
      newest = newest.#held.next;
    }
    const shelf = newest.#held;
    for (const older of way.reverse()) {
      if (!('next' in older.#held)) continue;
      const { number, row } = older.#held;
      newest.#held = { number, row: shelf.rows.get(number), next: older };
      older.#put(shelf, number, row);
      older.#held = shelf;
      newest = older;
    }
    return shelf;
  }

  #put(shelf: Shelf<Row>, number: number, row: Row | undefined): void {
    const before = shelf.rows.get(number);
    for (const name in this.#finders) {
      const keysOf = this.#finders[name];
      if (before !== undefined) for (const key of keysOf(before)) drop(shelf, name, key, number);
      if (row !== undefined) for (const key of keysOf(row)) enter(shelf, name, key, number);
    }
    if (row === undefined) shelf.rows.delete(number);
    else shelf.rows.set(number, row);
  }
}

function byNumber(left: Numbered<unknown>, right: Numbered<unknown>): number {
  return left.number - right.number;
}

function enter({ found }: Shelf<unknown>, name: string, key: string, number: number): void {
  let byKey = found.get(name);
  if (byKey === undefined) {
    byKey = new Map();
    found.set(name, byKey);
  }
  const numbers = byKey.get(key);
  if (numbers === undefined) byKey.set(key, new Set([number]));
  else numbers.add(number);
}

function drop({ found }: Shelf<unknown>, name: string, key: string, number: number): void {
  const byKey = found.get(name);
  const numbers = byKey?.get(key);
  numbers?.delete(number);
  if (numbers?.size === 0) byKey?.delete(key);
}
