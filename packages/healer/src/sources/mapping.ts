import { type Expression, type ExpressionVariables, readExpression } from '@prunella/core';

/** Values in a body; beyond, an expression could take too long. */
const partsLimit = 20_000;
const depthLimit = 32;

/** What expressions over CloudEvents can ask. */
export const eventVariables: ExpressionVariables = { event: 'dyn' };

/** What those over a webhook's request can ask; headers only where no signature stands for the sender. */
export const webhookVariables = {
  map: { body: 'dyn', item: 'dyn', headers: 'map<string, string>' },
  each: { body: 'dyn', headers: 'map<string, string>' },
  signedId: { body: 'dyn', item: 'dyn' },
} as const satisfies Readonly<Record<string, ExpressionVariables>>;

/** What one expression gave, or a sentence with its name. */
export type Mapped<Value> = { readonly value: Value } | { readonly wrong: string };

export function textOf(
  name: string,
  expression: Expression | undefined,
  facts: Readonly<Record<string, unknown>>,
): Mapped<string | null> {
  if (expression === undefined) return { value: null };
  const answer = expression.evaluate(facts);
  if (answer.ok && typeof answer.value === 'string') return { value: answer.value };
  const why = answer.ok ? 'gave no text' : answer.why;
  return { wrong: `\`${name}: ${expression.text.slice(0, 80)}\`: ${why}` };
}

/** A condition that cannot be answered, since what it asks for is not there, is not true. */
export function isTrueOf(
  expression: Expression | undefined,
  facts: Readonly<Record<string, unknown>>,
): boolean {
  if (expression === undefined) return true;
  const answer = expression.evaluate(facts);
  return answer.ok && answer.value === true;
}

/** Expressions of a configuration that was checked; throws where it was not. */
export function compiled(
  text: string,
  variables: ExpressionVariables,
  wanted: 'text' | 'truth' | 'list',
): Expression {
  const read = readExpression(text, variables, wanted);
  if ('problem' in read) throw new Error(`the expression ${text} ${read.problem.message}`);
  return read.expression;
}

export function compiledOrNone(
  text: string | undefined,
  variables: ExpressionVariables,
  wanted: 'text' | 'truth' | 'list',
): Expression | undefined {
  return text === undefined ? undefined : compiled(text, variables, wanted);
}

/** Why a value is more than expressions are asked of; null where it is not. */
export function tooMuch(root: unknown): string | null {
  const waiting = [{ value: root, depth: 0 }];
  let parts = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, depth } = next;
    parts += 1;
    if (parts > partsLimit) return `it has more than ${partsLimit} values`;
    if (typeof value !== 'object' || value === null) continue;
    if (depth >= depthLimit) return `it is nested deeper than ${depthLimit}`;
    for (const part of Object.values(value)) waiting.push({ value: part, depth: depth + 1 });
  }
  return null;
}
