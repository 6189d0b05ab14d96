import { AnswerNotUnderstood } from './problem.ts';

/**
 * Light reading of answers: what a view cannot do without is looked at, and the rest is taken as the healer's own
 * types say. A schema language would weigh more than the page.
 */
export type Fields = Readonly<Record<string, unknown>>;

export function fieldsOf(value: unknown, where: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new AnswerNotUnderstood(where);
}

/** A list whose items have these texts. */
export function listOf<Item>(
  value: unknown,
  where: string,
  texts: readonly (keyof Item & string)[],
): readonly Item[] {
  if (!Array.isArray(value)) throw new AnswerNotUnderstood(where);
  for (const [index, item] of value.entries()) {
    const fields = fieldsOf(item, `${where}[${index}]`);
    for (const name of texts) {
      if (typeof fields[name] !== 'string') throw new AnswerNotUnderstood(`${where}[${index}].${name}`);
    }
  }
  return value as readonly Item[];
}

/** A list of texts. */
export function textsOf(value: unknown, where: string): readonly string[] {
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value;
  throw new AnswerNotUnderstood(where);
}

/** An object with these texts. */
export function one<Item>(value: unknown, where: string, texts: readonly (keyof Item & string)[]): Item {
  const [item] = listOf<Item>([value], where, texts);
  if (item === undefined) throw new AnswerNotUnderstood(where);
  return item;
}

/** An object with these texts, or null where there is none. */
export function optional<Item>(
  value: unknown,
  where: string,
  texts: readonly (keyof Item & string)[],
): Item | null {
  return value === null || value === undefined ? null : one<Item>(value, where, texts);
}
