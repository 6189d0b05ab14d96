import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { problemCodes } from '@prunella/core';
import { describe, expect, test } from 'vitest';
import { commandLines, documentsWithLists, withLists } from './generated-lists.ts';
import { root } from './key-tables.ts';

describe('lists that are written from the source', () => {
  test.each(documentsWithLists)(
    '%s is as the source says (npm run schemas -w prunella)',
    async (document) => {
      expect(readFileSync(join(root, document), 'utf8')).toBe(await withLists(document));
    },
  );

  test('every command says how it exits', async () => {
    const silent = (await commandLines()).filter(({ exits }) => !/^0 .+, 2 /.test(exits));
    expect(silent).toEqual([]);
  });

  // The compiler refuses a problem that is not listed; this finds one that nobody tells any more.
  test('every problem that is listed is one that somebody tells', () => {
    const rooms = [
      'packages/core/src/document',
      'packages/core/src/playbook',
      'packages/core/src/scenario',
      'packages/healer/src/configuration',
      'packages/healer/src/scenarios',
      'packages/healer/src/monitors',
      'packages/healer/src/sources',
    ];
    const sources = rooms
      .flatMap((room) => readdirSync(join(root, room)).map((name) => join(root, room, name)))
      .filter((file) => /(?<!\.test|problem-codes)\.ts$/.test(file))
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n');
    expect(Object.keys(problemCodes).filter((code) => !sources.includes(`'${code}'`))).toEqual([]);
  });
});
