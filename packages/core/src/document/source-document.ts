import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type LineCounter,
  type Pair,
} from 'yaml';
import { hiddenText, type Problem } from './problem.ts';
import type { ProblemCode } from './problem-codes.ts';
import { isSecretName, mayShowSecret } from './secret-text.ts';
import type { Path } from './value-path.ts';

const shownLength = 60;

/** What is said of a place; the place itself comes from the document. */
export interface ProblemText {
  readonly severity?: Problem['severity'];
  readonly code: ProblemCode;
  readonly message: string;
  readonly suggestion?: string | null;
}

/** A value that knows where each part of it was written. */
export interface WrittenDocument {
  readonly value: unknown;
  problemAt(path: Path, said: ProblemText): Problem;
  problemAtKey(path: Path, said: ProblemText): Problem;
  problemWithin(path: Path, part: TextPart, said: ProblemText): Problem;
  lineAt(path: Path): number;
}

/** A piece of a text, by offsets into it. */
export interface TextPart {
  readonly start: number;
  readonly end: number;
}

/** One YAML document as a plain value, that still knows where each part of it was written. */
export class SourceDocument implements WrittenDocument {
  readonly file: string;
  readonly value: unknown;
  readonly #text: string;
  readonly #document: Document;
  readonly #lines: LineCounter;

  constructor(file: string, text: string, document: Document, lines: LineCounter, value: unknown) {
    this.file = file;
    this.value = value;
    this.#text = text;
    this.#document = document;
    this.#lines = lines;
  }

  /** A problem with the value at the path; where none is written, at the nearest thing around it. */
  problemAt(path: Path, said: ProblemText): Problem {
    const { range, written } = this.#find(path);
    return this.#problem(range, said, written ? this.#shown(path, range) : '');
  }

  /** A problem with the key that the path ends in. */
  problemAtKey(path: Path, said: ProblemText): Problem {
    const found = this.#find(path);
    const range = found.keyRange ?? found.range;
    return this.#problem(range, said, shorten(this.#text.slice(...range)));
  }

  /** A problem with a part of the text at the path; with the whole where its parts cannot be told. */
  problemWithin(path: Path, part: TextPart, said: ProblemText): Problem {
    const { range, node } = this.#find(path);
    const value = isScalar(node) && typeof node.value === 'string' ? node.value : '';
    const at = this.#text.slice(...range).indexOf(value);
    if (value === '' || at < 0 || part.end <= part.start) return this.problemAt(path, said);
    const start = range[0] + at + part.start;
    return this.#problem([start, start], said, shorten(value.slice(part.start, part.end)));
  }

  /** The line on which the value at the path begins; 1 is the first. */
  lineAt(path: Path): number {
    const [start] = this.#find(path).range;
    return Math.max(1, this.#lines.linePos(start).line);
  }

  #problem([start]: Range, said: ProblemText, text: string): Problem {
    const { line, col } = this.#lines.linePos(start);
    return {
      severity: said.severity ?? 'error',
      code: said.code,
      file: this.file,
      line: Math.max(1, line),
      column: Math.max(1, col),
      text,
      message: said.message,
      suggestion: said.suggestion ?? null,
    };
  }

  #shown(path: Path, range: Range): string {
    const text = this.#text.slice(...range);
    return isSecretPath(path) || mayShowSecret(text.slice(0, 4_096)) ? hiddenText : shorten(text);
  }

  #find(path: Path): {
    readonly range: Range;
    readonly keyRange: Range | null;
    readonly written: boolean;
    readonly node?: unknown;
  } {
    let node: unknown = this.#document.contents;
    let range = rangeOf(node) ?? [0, 0];
    let keyRange: Range | null = null;
    for (const part of path) {
      if (isAlias(node)) node = node.resolve(this.#document);
      keyRange = null;
      if (isSeq(node)) {
        node = typeof part === 'number' ? node.items[part] : undefined;
      } else if (isMap(node)) {
        const pair: Pair | undefined = node.items.find((item) => keyText(item.key) === String(part));
        keyRange = pair === undefined ? null : rangeOf(pair.key);
        node = pair?.value;
      } else {
        node = undefined;
      }
      const next = rangeOf(node) ?? keyRange;
      if (next === null) return { range, keyRange, written: false };
      range = next;
    }
    return { range, keyRange, written: true, node };
  }
}

/** Whether the path leads to or into something that must not be shown. */
export function isSecretPath(path: Path): boolean {
  return path.some((part) => typeof part === 'string' && isSecretName(part));
}

type Range = readonly [start: number, end: number];

function rangeOf(node: unknown): Range | null {
  if (isPair(node)) return rangeOf(node.key);
  if (!isNode(node) || node.range === null || node.range === undefined) return null;
  return [node.range[0], node.range[1]];
}

function keyText(key: unknown): string {
  return String(isScalar(key) ? key.value : key);
}

/** The first line, cut. */
export function shorten(text: string): string {
  const [firstLine = ''] = text.trimEnd().split(/\r?\n/, 1);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters must not reach a terminal
  const printable = firstLine.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '·');
  return printable.length > shownLength ? `${printable.slice(0, shownLength)}\u2026` : printable;
}
