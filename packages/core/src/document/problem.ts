import type { ProblemCode } from './problem-codes.ts';

/** Stands for a text that may be a secret. */
export const hiddenText = '(hidden)';

/** One thing wrong with a text that a person wrote, and where. Serialisable. */
export interface Problem {
  /** An `error` keeps the text from being used; a `warning` does not. */
  readonly severity: 'error' | 'warning';
  /** Stable, such as `unknown-key`; `problemCodes` says what each means. */
  readonly code: ProblemCode;
  readonly file: string;
  /** 1 is the first; 0 where the file as a whole is meant. */
  readonly line: number;
  /** In characters of the line; 1 is the first. 0 where `line` is. */
  readonly column: number;
  /** The offending text, cut, on one line; `(hidden)` where it may be a secret, empty where nothing is written. */
  readonly text: string;
  readonly message: string;
  /** What to write instead, or what to do; null where there is nothing to say beyond the message. */
  readonly suggestion: string | null;
}

export function isError(problem: Problem): boolean {
  return problem.severity === 'error';
}

/** `file:line:column: error: message (code)`, or only `file: ...`, with the suggestion on a second line. */
export function renderProblem(problem: Problem): string {
  const place = problem.line === 0 ? problem.file : `${problem.file}:${problem.line}:${problem.column}`;
  const offending = problem.text === '' || problem.text === hiddenText ? '' : `: ${problem.text}`;
  const head = `${place}: ${problem.severity}: ${problem.message}${offending} (${problem.code})`;
  return problem.suggestion === null ? head : `${head}\n  ${problem.suggestion}`;
}
