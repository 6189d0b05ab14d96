import { globSync } from 'node:fs';
import { coreFolder, hashOf, readCore } from './instrument.ts';

interface LeftOut {
  readonly what: RegExp;
  readonly why: string;
}

/** Test files that start processes of their own, which load the source as it lies on disk. */
const filesLeftOut: readonly LeftOut[] = [
  { what: /^test\/accidents\.test\.ts$/, why: 'starts processes of its own, without the mutant' },
  { what: /^test\/strict-page\.test\.ts$/, why: 'starts a process of its own, without the mutant' },
  { what: /^test\/mutation\.test\.ts$/, why: 'is about these runs themselves' },
  { what: /^test\/simulator\.test\.ts$/, why: 'lives the hours that the recorded tests compare, too' },
];

/** What a mutant does not have to be held to: each costs much, and the numbers without it are only lower. */
const testsLeftOut: readonly LeftOut[] = [
  { what: /texts made to exhaust the reader > are (answered|refused)/, why: 'long: megabytes of text' },
  { what: /a playbook made to exhaust its reader/, why: 'long: megabytes of text' },
  { what: /any text as a playbook|check of a condition > answers any text/, why: 'long: random texts' },
  { what: /costs one observation the same/, why: 'measures time, which a shared machine makes unsteady' },
  { what: /is driven through every phase by these inputs/, why: 'long: proves the generator, not the core' },
];

export const testFiles = (): readonly string[] =>
  globSync('{src,test}/**/*.test.ts', { cwd: coreFolder })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !filesLeftOut.some(({ what }) => what.test(file)))
    .sort();

export const whyLeftOut = (test: string): string | null =>
  testsLeftOut.find(({ what }) => what.test(test))?.why ?? null;

export const filesLeftOutNow = (): readonly { readonly name: string; readonly why: string }[] =>
  globSync('{src,test}/**/*.test.ts', { cwd: coreFolder })
    .sort()
    .flatMap((name) => filesLeftOut.filter(({ what }) => what.test(name)).map(({ why }) => ({ name, why })));

/** What decides how a mutant is tried, beside the sources and the tests. */
const harness = ['worker', 'test-api', 'bounded-fast-check', 'load-instrumented', 'try-mutants', 'tests'];

/** Of everything that a surviving mutant was held to. */
export const hashOfAll = (): string =>
  hashOf(
    [
      ...globSync('{src,test}/**/*.{ts,json}', { cwd: coreFolder }),
      ...harness.map((name) => `mutation/${name}.ts`),
    ]
      .map((file) => `${file.replaceAll('\\', '/')} ${hashOf(readCore(file))}`)
      .sort()
      .join('\n'),
  );
