import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  documentsWithKeys,
  keysWithoutMeaning,
  root,
  tablesIn,
  tablesOf,
  withKeyTables,
} from './key-tables.ts';

describe('the tables of keys', () => {
  test.each(documentsWithKeys)(
    '%s says what the parser takes (npm run schemas -w prunella writes it)',
    (document) => {
      expect(readFileSync(join(root, document), 'utf8')).toBe(withKeyTables(document));
    },
  );

  test('leave no part of the languages out', () => {
    expect([...tablesIn('docs/configuration.md')].sort()).toEqual([...tablesOf('configuration')].sort());
    expect([...tablesIn('docs/playbooks.md')].sort()).toEqual([...tablesOf('playbook')].sort());
    expect([...tablesIn('docs/scenarios.md')].sort()).toEqual([...tablesOf('scenario')].sort());
  });

  test('say of every key what it means', () => {
    expect(keysWithoutMeaning()).toEqual([]);
  });
});
