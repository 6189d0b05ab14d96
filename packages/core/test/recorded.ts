import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';

const folder = join(import.meta.dirname, 'recorded');
const isWriting = process.env['PRUNELLA_RECORD'] === 'write';
const textsFolder = process.env['PRUNELLA_RECORD_TEXTS'];

/** Texts by name, such as everything that was decided in an hour. */
export type Texts = Readonly<Record<string, string>>;
type Digests = Record<string, Record<string, string>>;

const digestOf = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12);

function read(file: string): Digests {
  try {
    return JSON.parse(readFileSync(join(folder, file), 'utf8')) as Digests;
  } catch {
    return {};
  }
}

/** The texts must have the digests that are recorded; a change that is meant is recorded anew. */
export function expectAsRecorded(file: string, name: string, texts: Texts): void {
  const digests = Object.fromEntries(Object.entries(texts).map(([part, text]) => [part, digestOf(text)]));
  if (textsFolder !== undefined) {
    mkdirSync(textsFolder, { recursive: true });
    for (const [part, text] of Object.entries(texts)) {
      writeFileSync(join(textsFolder, `${file}-${name}-${part}.txt`.replaceAll(/[^\w.-]+/g, '-')), text);
    }
  }
  if (isWriting) {
    const all = { ...read(file), [name]: digests };
    writeFileSync(join(folder, file), `${JSON.stringify(all, null, 2)}\n`);
    return;
  }
  expect(digests, remedy).toEqual(read(file)[name]);
}

const remedy =
  'decides or says something else than what is recorded. To see what: PRUNELLA_RECORD_TEXTS=FOLDER vitest run ' +
  'packages/core/test/recorded writes the texts, here and at the last commit; compare the two folders. If it is ' +
  'meant: npm run record, and commit what it writes';
