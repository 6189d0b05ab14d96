import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './key-tables.ts';

interface Named {
  readonly file: string;
  readonly names: readonly string[];
}

/** Rows of a table: what holds, under what, shown by. */
function rows(): readonly string[] {
  const text = readFileSync(join(root, 'docs/guarantees.md'), 'utf8');
  return text
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| holds') && !line.startsWith('| ---'));
}

function namedIn(row: string): readonly Named[] {
  const shown = row.split(' | ').at(-1) ?? '';
  return shown.split(/(?=\[[^\]]+\]\()/).flatMap((part) => {
    const [, file] = /^\[[^\]]+\]\(\.\.\/([^)]+)\)/.exec(part) ?? [];
    return file === undefined
      ? []
      : [{ file, names: [...part.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name) }];
  });
}

describe('docs/guarantees.md', () => {
  it('says something', () => {
    expect(rows().length).toBeGreaterThan(10);
  });

  it.each(rows())('names a test that exists: %s', (row) => {
    expect(row.split(' | '), 'holds, under, shown by').toHaveLength(3);
    const named = namedIn(row);
    expect(named, 'a file of tests').not.toEqual([]);
    for (const { file, names } of named) {
      expect(existsSync(join(root, file)), file).toBe(true);
      const text = readFileSync(join(root, file), 'utf8').replaceAll(/\\(['`])/g, '$1');
      expect(names, `a test of ${file}`).not.toEqual([]);
      for (const name of names) {
        const isThere = ["'", '`', '"'].some((quote) => text.includes(`${quote}${name}${quote}`));
        expect(isThere, `${file} has no test "${name}"`).toBe(true);
      }
    }
  });
});
