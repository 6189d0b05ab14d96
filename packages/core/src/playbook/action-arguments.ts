import { nearest } from '../document/nearest.ts';

type JsonType = 'string' | 'number' | 'boolean' | 'array' | 'object';

/** What one argument may be: the part of JSON Schema (2020-12) that actions need. */
export interface ArgumentSchema {
  readonly type: JsonType | readonly JsonType[];
  /** In words, after `must be`: `the name of a service`. */
  readonly description: string;
  /** Of a text, and of each text of a list. ECMAScript, and of the whole text. */
  readonly pattern?: string;
}

/** What a step's `with` may hold for one action; names that are not in it are refused. */
export interface ArgumentsSchema {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, ArgumentSchema>>;
  readonly required: readonly string[];
  readonly additionalProperties: false;
}

/** The schema with these arguments, those that are needed among them by name. */
export function argumentsSchema(
  properties: ArgumentsSchema['properties'],
  required: readonly string[] = [],
): ArgumentsSchema {
  return { type: 'object', properties, required, additionalProperties: false };
}

/**
 * What is wrong with the arguments by their schema, in a sentence; null where nothing is. A backend may still refuse
 * them, since it knows more than a schema says.
 */
export function argumentsProblem(
  action: string,
  { properties, required }: ArgumentsSchema,
  given: Readonly<Record<string, unknown>>,
): string | null {
  const names = Object.keys(properties);
  const strange = Object.keys(given).find((name) => !Object.hasOwn(properties, name));
  if (strange !== undefined) {
    const meant = nearest(strange, names);
    const takes = names.length === 0 ? 'it takes none' : `it takes ${names.join(', ')}`;
    const hint = meant === null ? takes : `did you mean \`${meant}\`?`;
    return `${action} has no argument \`${strange.slice(0, 60)}\`: ${hint}`;
  }
  const missing = required.find((name) => !Object.hasOwn(given, name));
  if (missing !== undefined) {
    return `${action} needs \`${missing}\`: ${properties[missing]?.description ?? 'a value'}`;
  }
  for (const [name, value] of Object.entries(given)) {
    const schema = properties[name];
    if (schema !== undefined && !fits(value, schema)) {
      return `${action}: \`${name}\` must be ${schema.description}`;
    }
  }
  return null;
}

function fits(value: unknown, { type, pattern }: ArgumentSchema): boolean {
  const types: readonly JsonType[] = typeof type === 'string' ? [type] : type;
  if (!types.includes(typeOf(value))) return false;
  if (pattern === undefined) return true;
  const texts: readonly unknown[] = Array.isArray(value) ? value : [value];
  const whole = new RegExp(pattern, 'u');
  return texts.every((text) => typeof text !== 'string' || whole.test(text));
}

function typeOf(value: unknown): JsonType {
  if (Array.isArray(value)) return 'array';
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return typeof value as 'string' | 'number' | 'boolean';
    default:
      return 'object';
  }
}
