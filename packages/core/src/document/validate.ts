import type { z } from 'zod';
import { knownKeys } from './known-keys.ts';
import { nearest } from './nearest.ts';
import type { Problem } from './problem.ts';
import { documentLimits } from './read-documents.ts';
import { isSecretPath, type WrittenDocument } from './source-document.ts';
import { type Path, pathName, removeKeys, valueAt } from './value-path.ts';

type Issue = z.core.$ZodIssue;

const mostProblems = documentLimits.problems;

export interface Validated<Value> {
  /**
   * Null where the document does not fit the schema. Set, in spite of errors among the problems, where only
   * unknown keys were wrong: then it is what the document means without them, for further checks.
   */
  readonly value: Value | null;
  readonly problems: readonly Problem[];
}

/** Checks a document against a schema and says where each part does not fit. */
export function validate<Schema extends z.ZodType>(
  document: WrittenDocument,
  schema: Schema,
): Validated<z.output<Schema>> {
  const first = schema.safeParse(document.value, { jitless: true });
  if (first.success) return { value: first.data, problems: [] };
  const issues = first.error.issues.flatMap((issue) => chooseBranch(issue, []));
  const problems = issues.slice(0, mostProblems).flatMap((issue) => describe(document, schema, issue));
  if (issues.some((issue) => issue.code !== 'unrecognized_keys')) return { value: null, problems };
  const known = structuredClone(document.value);
  for (const issue of issues) {
    if (issue.code === 'unrecognized_keys') removeKeys(known, issue.path, issue.keys);
  }
  const second = schema.safeParse(known, { jitless: true });
  return { value: second.success ? second.data : null, problems };
}

/** Of the members of a union, the issues of the one that was probably meant: whose own type fits. */
function chooseBranch(issue: Issue, prefix: Path): Issue[] {
  const path = [...prefix, ...issue.path];
  if (issue.code !== 'invalid_union') return [{ ...issue, path }];
  const fitting = issue.errors.filter(
    (branch) => !branch.some((inner) => inner.path.length === 0 && isOfType(inner)),
  );
  const [only, ...others] = fitting;
  if (only === undefined || others.length > 0) return [{ ...issue, path }];
  return only.flatMap((inner) => chooseBranch(inner, path));
}

function isOfType(issue: Issue): boolean {
  return issue.code === 'invalid_type' || issue.code === 'invalid_value';
}

function describe(document: WrittenDocument, schema: z.ZodType, issue: Issue): Problem[] {
  const { path } = issue;
  const name = pathName(path);
  if (issue.code === 'unrecognized_keys') {
    const allowed = knownKeys(schema, path, document.value);
    return issue.keys.slice(0, mostProblems).map((key) => unknownKey(document, path, key, allowed));
  }
  const given = valueAt(document.value, path);
  if (issue.code === 'invalid_type' && given === undefined) {
    return [document.problemAt(path, { code: 'missing', message: `\`${name}\` is missing` })];
  }
  if (issue.code === 'invalid_type' && isDefaultMessage(issue)) {
    const shown = typeof given === 'number' && !isSecretPath(path) ? String(given) : article(typeName(given));
    const message = `\`${name}\` must be ${article(issue.expected)}, not ${shown}`;
    return [document.problemAt(path, { code: 'wrong-type', message })];
  }
  if (issue.code === 'invalid_value') {
    const values = issue.values.map(String);
    const meant = typeof given === 'string' ? nearest(given, values) : null;
    const suggestion = meant === null ? null : `did you mean \`${meant}\`?`;
    const code = given === undefined ? 'missing' : 'wrong-value';
    return [document.problemAt(path, { code, message: `\`${name}\` must be ${oneOf(values)}`, suggestion })];
  }
  if (issue.code === 'invalid_union') return [wrongUnion(document, issue)];
  if (issue.code === 'invalid_key') {
    const why = issue.issues.map((inner) => inner.message).join('; ');
    return [document.problemAtKey(path, { code: 'wrong-key', message: `\`${name}\` ${why}` })];
  }
  const code = issue.code === 'invalid_type' ? 'wrong-type' : 'wrong-value';
  return [document.problemAt(path, { code, message: `\`${name}\` ${bounds(issue) ?? issue.message}` })];
}

function isDefaultMessage(issue: Issue): boolean {
  return issue.message.startsWith('Invalid input');
}

/** Our own words for zod's own messages about sizes. */
function bounds(issue: Issue): string | null {
  const unit = 'origin' in issue && issue.origin === 'string' ? ' characters' : '';
  if (issue.code === 'too_small' && issue.message.startsWith('Too small')) {
    return `must be at least ${issue.minimum}${unit}`;
  }
  if (issue.code === 'too_big' && issue.message.startsWith('Too big')) {
    return `must be at most ${issue.maximum}${unit}`;
  }
  return null;
}

function unknownKey(document: WrittenDocument, path: Path, key: string, allowed: readonly string[]): Problem {
  const meant = nearest(key, allowed);
  const suggestion =
    meant !== null
      ? `did you mean \`${meant}\`?`
      : allowed.length > 0
        ? `known here: ${allowed.join(', ')}`
        : null;
  const where = path.length === 0 ? '' : ` in \`${pathName(path)}\``;
  return document.problemAtKey([...path, key], {
    code: 'unknown-key',
    message: `\`${key}\` is not known${where}`,
    suggestion,
  });
}

function wrongUnion(document: WrittenDocument, issue: Extract<Issue, { code: 'invalid_union' }>): Problem {
  const options = 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
  const name = pathName(issue.path);
  if (options.length > 0) {
    const given = valueAt(document.value, issue.path);
    const meant = typeof given === 'string' ? nearest(given, options) : null;
    return document.problemAt(issue.path, {
      code: given === undefined ? 'missing' : 'wrong-value',
      message: `\`${name}\` must be ${oneOf(options)}`,
      suggestion: meant === null ? null : `did you mean \`${meant}\`?`,
    });
  }
  const values = issue.errors.flatMap((branch) => branch.flatMap(writtenValues));
  const given = valueAt(document.value, issue.path);
  const meant = typeof given === 'string' ? nearest(given, values) : null;
  const said = isDefaultMessage(issue) ? `must be ${alternatives(issue)}` : issue.message;
  return document.problemAt(issue.path, {
    code: 'wrong-type',
    message: `\`${name}\` ${said}`,
    suggestion: meant === null ? null : `did you mean \`${meant}\`?`,
  });
}

function alternatives(issue: Extract<Issue, { code: 'invalid_union' }>): string {
  const words = issue.errors.flatMap((branch) =>
    branch.flatMap((inner) =>
      inner.code === 'invalid_type' ? [article(inner.expected)] : writtenValues(inner),
    ),
  );
  return oneOf([...new Set(words)]);
}

function writtenValues(issue: Issue): string[] {
  return issue.code === 'invalid_value' ? issue.values.map(String) : [];
}

function oneOf(values: readonly string[]): string {
  const last = values.at(-1) ?? 'something else';
  return values.length < 2 ? last : `${values.slice(0, -1).join(', ')} or ${last}`;
}

function typeName(value: unknown): string {
  if (value === null) return 'empty value';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'object') return 'map';
  return typeof value === 'string' ? 'text' : typeof value;
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'text',
  object: 'map',
  record: 'map',
  array: 'list',
  int: 'whole number',
};

function article(type: string): string {
  const word = typeWords[type] ?? type;
  if (word === 'text') return 'text';
  return /^[aeiou]/.test(word) ? `an ${word}` : `a ${word}`;
}
