import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

it.each(['drizzle', 'knex', 'typeorm'])('docs/orm-recipes.md shows %s.ts as it is tested', (name) => {
  expect(read('../../../docs/orm-recipes.md')).toContain(`\`\`\`ts\n${read(`../src/${name}.ts`)}\`\`\``);
});
