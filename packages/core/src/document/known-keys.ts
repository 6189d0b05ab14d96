import type { z } from 'zod';
import { type Path, valueAt } from './value-path.ts';

type Definition = z.core.$ZodTypes['_zod']['def'];

/** The keys that a schema knows at a path of a value; empty where any key is allowed. */
export function knownKeys(schema: z.core.$ZodType, path: Path, value: unknown): readonly string[] {
  let here = structures(schema, value);
  for (const [index, part] of path.entries()) {
    const child = valueAt(value, path.slice(0, index + 1));
    here = here
      .flatMap((definition) => members(definition, part))
      .flatMap((member) => structures(member, child));
  }
  const keys = here.flatMap((definition) =>
    definition.type === 'object' ? Object.keys(definition.shape) : [],
  );
  return [...new Set(keys)];
}

/** What a schema is below its defaults, options and transforms; several for a union. */
function structures(schema: z.core.$ZodType, value: unknown): Definition[] {
  const definition = definitionOf(schema);
  switch (definition.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'readonly':
    case 'nonoptional':
      return structures(definition.innerType, value);
    case 'pipe':
      return structures(definition.in, value);
    case 'union':
      return definition.options
        .filter((option) => isMeant(option, definition, value))
        .flatMap((option) => structures(option, value));
    default:
      return [definition];
  }
}

/** Of a union told apart by a key, only the member that the key names. */
function isMeant(option: z.core.$ZodType, union: Definition, value: unknown): boolean {
  if (!('discriminator' in union) || typeof union.discriminator !== 'string') return true;
  const told = valueAt(value, [union.discriminator]);
  return option._zod.propValues?.[union.discriminator]?.has(told as z.core.util.Primitive) ?? true;
}

function members(definition: Definition, part: PropertyKey): z.core.$ZodType[] {
  if (definition.type === 'array') return [definition.element];
  if (definition.type === 'record') return [definition.valueType];
  if (definition.type !== 'object' || typeof part !== 'string') return [];
  const member = Object.hasOwn(definition.shape, part) ? definition.shape[part] : undefined;
  return member === undefined ? [] : [member];
}

/** Every schema that zod makes is of one of its own types; its base type does not say so. */
function definitionOf(schema: z.core.$ZodType): Definition {
  return (schema as z.core.$ZodTypes)._zod.def;
}
