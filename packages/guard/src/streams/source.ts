/** What rows can be taken from: a stream or any other async iterable, or a cursor. */
export type RowSource<Row> = AsyncIterable<Row> | BatchCursor<Row> | RowCursor<Row>;

/** As of `pg-cursor`: some rows at a time, none at the end. */
export interface BatchCursor<Row> {
  read(maximumRows: number): Promise<readonly Row[]>;
  close(): Promise<void>;
}

/** As of the driver `rethinkdb`: one row at a time, and an error that says so at the end. */
export interface RowCursor<Row> {
  next(): Promise<Row>;
  close(): unknown;
}

const endOfRows = /^No more rows in the cursor/;

/** Rows one by one, whatever they come from; `return` closes the source. */
export function rowsOf<Row>(source: RowSource<Row>, batchRows: number): AsyncIterator<Row> {
  if (Symbol.asyncIterator in source) return iteratorOf(source);
  return 'read' in source ? batches(source, batchRows) : singly(source);
}

function iteratorOf<Row>(source: AsyncIterable<Row>): AsyncIterator<Row> {
  const rows = source[Symbol.asyncIterator]();
  return {
    next: () => rows.next(),
    return: async () => {
      // A cursor of rethinkdb-ts tells its server to stop only when it is closed.
      const close: unknown = Reflect.get(source, 'close');
      try {
        if (typeof close === 'function') await Reflect.apply(close, source, []);
      } finally {
        await rows.return?.();
      }
      return { done: true, value: undefined };
    },
  };
}

/** Not as generators: `return` of one waits until its `next` is answered, which may be never. */
function batches<Row>(cursor: BatchCursor<Row>, batchRows: number): AsyncIterator<Row> {
  let rows: readonly Row[] = [];
  let index = 0;
  return {
    async next() {
      if (index >= rows.length) {
        rows = await cursor.read(batchRows);
        index = 0;
      }
      const row = rows[index];
      index += 1;
      return index > rows.length ? { done: true, value: undefined } : { done: false, value: row as Row };
    },
    async return() {
      await cursor.close();
      return { done: true, value: undefined };
    },
  };
}

function singly<Row>(cursor: RowCursor<Row>): AsyncIterator<Row> {
  return {
    async next() {
      try {
        return { done: false, value: await cursor.next() };
      } catch (error) {
        if (error instanceof Error && endOfRows.test(error.message)) return { done: true, value: undefined };
        throw error;
      }
    },
    async return() {
      await cursor.close();
      return { done: true, value: undefined };
    },
  };
}
