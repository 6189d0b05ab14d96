import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { committedSchemas } from './schemas.ts';

describe('the committed JSON Schemas', () => {
  it.each(committedSchemas.map((schema) => [schema.file.pathname.split('/packages/')[1], schema] as const))(
    '%s is what the parser checks (npm run schemas -w prunella writes it)',
    async (_, { file, text }) => {
      expect(readFileSync(file, 'utf8')).toBe(await text());
    },
  );
});
