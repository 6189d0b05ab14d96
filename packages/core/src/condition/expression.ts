import type { Environment, ParseResult } from '@marcbachmann/cel-js';
import { type ConditionProblem, celProblem } from './cel-problem.ts';
import { allowedFunctions, boundedEnvironment, conditionLimits, findForbidden } from './language.ts';

/** The names that an expression can use, each with its CEL type. */
export type ExpressionVariables = Readonly<Record<string, 'string' | 'dyn' | 'map<string, string>'>>;

/** What an expression must give. */
export type ExpressionResult = 'text' | 'truth' | 'list';

export type ExpressionAnswer =
  | { readonly ok: true; readonly value: unknown }
  /** A sentence: what was asked for and is not there, or what came instead. */
  | { readonly ok: false; readonly why: string };

/** CEL that was read and found good. */
export interface Expression {
  readonly text: string;
  /** Total. The cost is bounded by the limits of conditions times the size of the facts. */
  evaluate(facts: Readonly<Record<string, unknown>>): ExpressionAnswer;
}

/** Beside those of conditions; each is linear in its texts. */
const textFunctions = ['split', 'substring', 'indexOf', 'join'];
const allowed: ReadonlySet<string> = new Set([...allowedFunctions, ...textFunctions]);

const wantedTypes: Readonly<Record<ExpressionResult, { readonly cel: string; readonly said: string }>> = {
  text: { cel: 'string', said: 'a text' },
  truth: { cel: 'bool', said: 'true or false' },
  list: { cel: 'list', said: 'a list' },
};

/** Reads an expression, its types included, as far as they can be known beforehand. Never throws. */
export function readExpression(
  text: string,
  variables: ExpressionVariables,
  wanted: ExpressionResult,
): { readonly expression: Expression } | { readonly problem: ConditionProblem } {
  if (text.length > conditionLimits.length) {
    const message = `has ${text.length} characters, and at most ${conditionLimits.length} are read`;
    return { problem: { message, suggestion: null, start: 0, end: 0 } };
  }
  try {
    const run = environmentOf(variables).parse(text);
    const forbidden = findForbidden(run.ast, allowed);
    if (forbidden !== null) return { problem: forbidden };
    const checked = run.check();
    if (!checked.valid) return { problem: celProblem(checked.error, text, Object.keys(variables)) };
    const { cel, said } = wantedTypes[wanted];
    const type = checked.type ?? 'nothing';
    if (type === 'dyn' || type === cel || type.startsWith(`${cel}<`)) {
      return { expression: { text, evaluate: (facts) => evaluate(run, wanted, facts) } };
    }
    const message = `is ${type}, and ${said} is wanted`;
    const suggestion =
      wanted === 'text' ? 'a text stands in quotes; `string(\u2026)` makes one of a number' : null;
    return { problem: { message, suggestion, start: 0, end: text.length } };
  } catch (error) {
    return { problem: celProblem(error, text, Object.keys(variables)) };
  }
}

function environmentOf(variables: ExpressionVariables): Environment {
  const environment = boundedEnvironment();
  for (const [name, type] of Object.entries(variables)) environment.registerVariable(name, type);
  return environment;
}

function evaluate(
  run: ParseResult,
  wanted: ExpressionResult,
  facts: Readonly<Record<string, unknown>>,
): ExpressionAnswer {
  try {
    const value: unknown = run(facts);
    if (isWanted(value, wanted)) return { ok: true, value };
    return { ok: false, why: `gave ${typeOf(value)}, and ${wantedTypes[wanted].said} is wanted` };
  } catch (error) {
    const [message = ''] = (error instanceof Error ? error.message : String(error)).split('\n', 1);
    return { ok: false, why: message.slice(0, 200) };
  }
}

function isWanted(value: unknown, wanted: ExpressionResult): boolean {
  if (wanted === 'list') return Array.isArray(value);
  return typeof value === (wanted === 'text' ? 'string' : 'boolean');
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'bigint' || typeof value === 'number') return 'a number';
  if (typeof value === 'string') return 'a text';
  return typeof value === 'boolean' ? 'true or false' : 'a map';
}
