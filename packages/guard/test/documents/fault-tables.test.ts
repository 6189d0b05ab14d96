import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { adapterTests, faultsPage, faultTables, tablesInPage, withFaultTables } from './fault-tables.ts';

const textOf = (file: string) => readFileSync(join(adapterTests, file), 'utf8');

describe('the page of faults', () => {
  it('says what the adapters do (npm run faults -w @prunella/guard writes it)', () => {
    expect(readFileSync(faultsPage, 'utf8')).toBe(withFaultTables());
  });

  it('has every table', () => {
    expect([...tablesInPage()].sort()).toEqual(Object.keys(faultTables).sort());
  });

  it.each(Object.entries(faultTables))('names only rows and tests that there are: %s', (_name, table) => {
    const names = table.rows.map((row) => row.name);
    for (const [row, [file, title]] of Object.entries(table.provoked)) {
      expect(names).toContain(row);
      const quoted = [`'${title}'`, `"${title}"`, `\`${title}\``];
      expect(
        quoted.some((text) => textOf(file).includes(text)),
        `${file}: ${title}`,
      ).toBe(true);
    }
  });

  it.each(Object.entries(faultTables))('has a unit case of every row: %s', (_name, { rows, unitFile }) => {
    const cases = `${textOf(unitFile)}\n${textOf('evidence.ts')}`;
    for (const { name } of rows) {
      expect(new RegExp(`^ +'?${name}'?: `, 'm').test(cases), name).toBe(true);
    }
  });
});
