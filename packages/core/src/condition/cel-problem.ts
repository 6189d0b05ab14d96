import { nearest } from '../document/nearest.ts';

/** Why a text is no condition or expression; offsets are into the text. */
export interface ConditionProblem {
  readonly message: string;
  readonly suggestion: string | null;
  readonly start: number;
  readonly end: number;
}

/** What the CEL library says of a text, with the name that was probably meant. */
export function celProblem(error: unknown, text: string, names: readonly string[]): ConditionProblem {
  const said = error instanceof Error ? error.message : String(error);
  const [message = ''] = said.split('\n', 1);
  const { start, end } = rangeOf(error) ?? { start: 0, end: text.length };
  const word = text.slice(start, end);
  const [, unknown = word] = /^(?:Unknown variable|No such key): (\S+)/.exec(message) ?? [];
  const meant = /^(?:Unknown variable|No such key)/.test(message) ? nearest(unknown, names) : null;
  return {
    message: message.slice(0, 200),
    suggestion: operatorMeant(text, start) ?? (meant === null ? null : `did you mean \`${meant}\`?`),
    start,
    end,
  };
}

/** Operators of other languages, and what they are here. */
function operatorMeant(text: string, at: number): string | null {
  const [operator] = /^(?:=+|&|\||and\b|or\b|not\b)/i.exec(text.slice(at)) ?? [];
  if (operator === undefined) return null;
  if (operator.startsWith('=')) return 'write `==` to compare';
  return /^(?:&|and)$/i.test(operator)
    ? 'write `&&` for and'
    : /^not$/i.test(operator)
      ? 'write `!` for not'
      : 'write `||` for or';
}

function rangeOf(error: unknown): { readonly start: number; readonly end: number } | null {
  if (typeof error !== 'object' || error === null || !('range' in error)) return null;
  const { range } = error;
  if (typeof range !== 'object' || range === null || !('start' in range) || !('end' in range)) return null;
  return typeof range.start === 'number' && typeof range.end === 'number'
    ? { start: range.start, end: range.end }
    : null;
}
