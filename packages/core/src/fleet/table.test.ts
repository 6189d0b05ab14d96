import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Numbered, Table } from './table.ts';

interface Row {
  readonly colour: string;
  readonly size: number;
}

const finders = {
  colour: ({ colour }: Row) => [colour],
  big: ({ size }: Row) => (size > 5 ? [''] : []),
};

type Rows = Table<Row, keyof typeof finders>;

const colours = ['red', 'green', 'blue'];
const anyRow = fc.record({ colour: fc.constantFrom(...colours), size: fc.integer({ min: 0, max: 9 }) });
const anyStep = fc.record({
  /** Which of the tables so far is changed: most often the newest, sometimes one long before it. */
  back: fc.integer({ min: 0, max: 5 }),
  what: fc.constantFrom('with', 'with', 'replaced', 'without'),
  which: fc.nat(),
  row: anyRow,
});

function expectAlike(table: Rows, rows: readonly Numbered<Row>[]): void {
  expect(table.numbered()).toEqual(rows);
  expect([table.size, [...table]]).toEqual([rows.length, rows.map(({ row }) => row)]);
  for (const colour of colours) {
    const found = rows.filter(({ row }) => row.colour === colour);
    expect(table.find('colour', colour)).toEqual(found);
    expect([table.first('colour', colour), table.count('colour', colour)]).toEqual([found[0], found.length]);
  }
  expect(table.eldest()).toEqual(rows[0]);
  expect(table.find('big')).toEqual(rows.filter(({ row }) => row.size > 5));
  expect([...table.keys('colour')].sort()).toEqual([...new Set(rows.map(({ row }) => row.colour))].sort());
}

it('is what a list would be, and stays so when other tables are made of it', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 40 }), (steps) => {
      const all: { readonly table: Rows; readonly rows: readonly Numbered<Row>[]; readonly next: number }[] =
        [{ table: Table.of(finders), rows: [], next: 0 }];
      for (const { back, what, which, row } of steps) {
        const from = all[Math.max(0, all.length - 1 - back)] ?? all[0];
        if (from === undefined) throw new Error('there is always one');
        const { table, rows, next } = from;
        const number = rows[which % Math.max(1, rows.length)]?.number;
        const made =
          what === 'with' || number === undefined
            ? { table: table.with(row), rows: [...rows, { number: next, row }], next: next + 1 }
            : what === 'without'
              ? { table: table.without(number), rows: rows.filter((each) => each.number !== number), next }
              : {
                  table: table.withReplaced(number, row),
                  rows: rows.map((each) => (each.number === number ? { number, row } : each)),
                  next,
                };
        all.push(made);
        expectAlike(made.table, made.rows);
        const { set, gone } = made.table.changesSince(table);
        expect(set.length + gone.length).toBeLessThanOrEqual(1);
      }
      for (const { table, rows } of all) expectAlike(table, rows);
    }),
    { numRuns: 200 },
  );
});

it('says what is otherwise than in an earlier one, also in one of another family', () => {
  const row = { colour: 'red', size: 1 };
  const first = Table.of(finders).with(row).with(row);
  const last = first
    .without(0)
    .with({ ...row, size: 2 })
    .withReplaced(1, { ...row, size: 3 });
  const changes = {
    set: [
      { number: 2, row: { ...row, size: 2 } },
      { number: 1, row: { ...row, size: 3 } },
    ],
    gone: [0],
  };
  expect(last.changesSince(first)).toEqual(changes);
  expect(last.changesSince(null).set).toEqual(last.numbered());
  const other = Table.of(finders, last.numbered());
  expect(other.changesSince(first)).toEqual({ set: last.numbered(), gone: [0] });
  expect(first.changesSince(first)).toEqual({ set: [], gone: [] });
});
