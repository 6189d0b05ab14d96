import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Instrumenter } from '@stryker-mutator/instrumenter';

export const coreFolder = fileURLToPath(new URL('../', import.meta.url));

export interface Mutant {
  /** Its place in this run; another run may number it otherwise. */
  readonly id: string;
  /** Relative to `packages/core`, with forward slashes. */
  readonly file: string;
  readonly line: number;
  /** The name of Stryker's mutator. */
  readonly mutator: string;
  readonly original: string;
  /** Where `original` lies in the text of the file. */
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
  /** The source's line on which it begins, without its indentation. */
  readonly lineText: string;
  /** The same in every run, as long as the text around it is the same. */
  readonly key: string;
}

export interface Instrumented {
  readonly mutants: readonly Mutant[];
  /** JavaScript by file, with every mutant in it and none switched on. */
  readonly sources: Readonly<Record<string, string>>;
}

/** Without the simulator where it is asked for: that one proves itself by mutants of its own. */
export const sourceFiles = ({ simulator }: { readonly simulator: boolean }): readonly string[] =>
  globSync('src/**/*.ts', { cwd: coreFolder })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !file.endsWith('.test.ts') && (simulator || !file.startsWith('src/simulate/')))
    .sort();

export const readCore = (file: string): string => readFileSync(`${coreFolder}${file}`, 'utf8');

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

const silent = {
  isTraceEnabled: () => false,
  isDebugEnabled: () => false,
  isInfoEnabled: () => false,
  isWarnEnabled: () => false,
  isErrorEnabled: () => false,
  isFatalEnabled: () => false,
  trace: () => {},
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  fatal: () => {},
};

const strykersHelpers = /function stryNS_9fa48\(\)[\s\S]*?return isActive\(id\);\n\}/;

/** Quicker than Stryker's own: ids are numbers, and what is reached is counted only while it is measured. */
const helpers = (coverage: boolean) =>
  `const stryNow = globalThis.__stryker__;
function stryMutAct_9fa48(id) {
  if (stryNow.activeMutant !== id) return false;
  stryNow.hitCount += 1;
  if (stryNow.hitCount > stryNow.hitLimit) throw new Error('The mutated place was reached too often.');
  return true;
}
function stryCov_9fa48() {${coverage ? ' for (let each = 0; each < arguments.length; each += 1) stryNow.reached[arguments[each]] += 1; ' : ''}}`;

const callsOfHelpers = /\b(stry(?:MutAct|Cov)_9fa48)\(((?:"\d+"(?:, )?)+)\)/g;

/** Every standard mutator of Stryker over all sources of core, by Stryker's own instrumenter. */
export async function instrument({ coverage }: { readonly coverage: boolean }): Promise<Instrumented> {
  const files = sourceFiles({ simulator: false });
  const given = files.map((name) => ({ name, mutate: true, content: readCore(name) }));
  const done = await new Instrumenter(silent).instrument(given, {
    plugins: null,
    excludedMutations: [],
    ignorers: [],
  });
  const texts = new Map(given.map(({ name, content }) => [name, content]));
  const seen = new Map<string, number>();
  const mutants = done.mutants.map((mutant): Mutant => {
    const { id, fileName: file, mutatorName: mutator, replacement, location } = mutant;
    const lines = (texts.get(file) ?? '').split('\n');
    const [start, end] = [offsetOf(lines, location.start), offsetOf(lines, location.end)];
    const original = (texts.get(file) ?? '').slice(start, end);
    const lineText = (lines[location.start.line] ?? '').trim();
    const place = [file, lineText, mutator, original, replacement].join('\n');
    const before = seen.get(place) ?? 0;
    seen.set(place, before + 1);
    const line = location.start.line + 1;
    const key = hashOf(`${place}\n${before}`);
    return {
      id: String(Number(id) + 1),
      file,
      line,
      mutator,
      original,
      start,
      end,
      replacement,
      lineText,
      key,
    };
  });
  const sources = Object.fromEntries(
    done.files.map(({ name, content }) => [name, asJavaScript(content, coverage)]),
  );
  return { mutants, sources };
}

/** From 1 on: 0 stands for no mutant. */
const asNumbers = (ids: string) => ids.replaceAll(/"(\d+)"/g, (_, id: string) => String(Number(id) + 1));

function asJavaScript(content: string, coverage: boolean): string {
  const switched = content
    .replace(strykersHelpers, () => helpers(coverage))
    .replace('stryNS_9fa48();\n', '')
    .replaceAll(callsOfHelpers, (_, helper: string, ids: string) => `${helper}(${asNumbers(ids)})`);
  return stripTypeScriptTypes(switched, { mode: 'strip' });
}

interface Place {
  readonly line: number;
  readonly column: number;
}

function offsetOf(lines: readonly string[], { line, column }: Place): number {
  return lines.slice(0, line).reduce((sum, text) => sum + text.length + 1, 0) + column;
}
