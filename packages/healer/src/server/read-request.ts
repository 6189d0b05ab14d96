import { reportLimits, resourceNamePattern } from '@prunella/protocol';
import { z } from 'zod';
import { RequestProblem } from './problem.ts';

/** Checks a part of a request; throws `malformed` that names the first wrong field. */
export function readPart<Schema extends z.ZodType>(schema: Schema, part: unknown): z.output<Schema> {
  const read = schema.safeParse(part ?? {});
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  const path = issue === undefined ? [] : [...issue.path];
  if (issue?.code === 'unrecognized_keys' && issue.keys[0] !== undefined) path.push(issue.keys[0]);
  const field = path.reduce<string>(
    (text, key) =>
      typeof key === 'number' ? `${text}[${key}]` : text === '' ? String(key) : `${text}.${String(key)}`,
    '',
  );
  const message = issue?.message ?? 'not readable';
  throw new RequestProblem('malformed', field === '' ? message : `${field}: ${message}`, field);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: \p{Cc} spelled out, so that other languages read it from OpenAPI
const noControls = /^[^\u0000-\u001f\u007f-\u009f]*$/u;

const printable = z.string().min(1).regex(noControls, 'must not contain control characters');

/** A name that goes into the log and onto terminals. */
export const nameText = printable.max(reportLimits.nameLength);

/** `kind/name`. */
export const resourceText = z
  .string()
  .max(reportLimits.nameLength)
  .regex(resourceNamePattern, 'expected kind/name, such as postgres/main');

/** Of an incident or an attempt: a resource's name, a time and a number. */
export const idText = printable.max(reportLimits.nameLength + 50);

/** A sentence of a person. */
export const reasonText = z
  .string()
  .max(1_000)
  .regex(noControls, 'must be one line without control characters');

/** A whole number in a query, where everything is text. */
export function countInQuery(bounds: {
  readonly least: number;
  readonly most: number;
  readonly standard: number;
}) {
  const message = `expected a whole number from ${bounds.least} to ${bounds.most}`;
  return z
    .string(message)
    .regex(/^\d{1,16}$/, message)
    .transform(Number)
    .refine((count) => count >= bounds.least && count <= bounds.most, message)
    .default(bounds.standard)
    .meta({ inQuery: { minimum: bounds.least, maximum: bounds.most, default: bounds.standard } });
}

/** The same without a default. */
export function optionalCountInQuery(least: number) {
  const message = `expected a whole number of at least ${least}`;
  return z
    .string(message)
    .regex(/^\d{1,16}$/, message)
    .transform(Number)
    .refine((count) => count >= least && Number.isSafeInteger(count), message)
    .optional()
    .meta({ inQuery: { minimum: least, maximum: Number.MAX_SAFE_INTEGER } });
}
