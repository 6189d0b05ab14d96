// Writes the committed JSON Schemas: npm run schemas -w prunella
import { mkdir, writeFile } from 'node:fs/promises';
import { committedSchemas } from './schemas.ts';

for (const { file, text } of committedSchemas) {
  await mkdir(new URL('.', file), { recursive: true });
  await writeFile(file, await text());
}
