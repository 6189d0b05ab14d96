import { isDeepStrictEqual } from 'node:util';
import { SaltError } from './salt-error.ts';
import { entryOf, isRecord } from './value.ts';

/** What a playbook says that a function must give back; all of it must hold. */
export interface Expectation {
  /** One of these; `[0]` where the playbook says nothing of it, `[0, 1]` where it expects `false`. */
  readonly retcodes: readonly number[];
  /** Names of maps, from the outermost inwards, to what is looked at; none means the return itself. */
  readonly at: readonly string[];
  /** What it must be; undefined where anything will do. */
  readonly equals?: unknown;
  /** Texts that it must contain, or, of a list, one of its entries. */
  readonly contains: readonly string[];
  /** Texts that it must not contain. */
  readonly lacks: readonly string[];
}

const keys = ['retcode', 'at', 'equals', 'contains', 'lacks'];
const longestText = 1_000;
const mostTexts = 20;

export const plainExpectation: Expectation = { retcodes: [0], at: [], contains: [], lacks: [] };

/** Reads `expect` of a step. Throws `SaltError` with what is wrong with it. */
export function readExpectation(action: string, given: unknown): Expectation {
  if (given === undefined) return plainExpectation;
  if (!isRecord(given)) throw wrong(action, `"expect" must hold ${keys.join(', ')}`);
  const strange = Object.keys(given).filter((key) => !keys.includes(key));
  if (strange.length > 0)
    throw wrong(action, `"expect" has no ${strange.join(', ')}; it has ${keys.join(', ')}`);
  const at = entryOf(given, 'at');
  if (at !== undefined && (typeof at !== 'string' || at === '' || at.length > longestText)) {
    throw wrong(action, '"expect.at" must be names with dots between them, such as status.running');
  }
  const equals = entryOf(given, 'equals');
  return {
    // Of `false` Salt makes the retcode 1.
    retcodes: retcodesOf(action, entryOf(given, 'retcode') ?? (equals === false ? [0, 1] : undefined)),
    at: typeof at === 'string' ? at.split('.') : [],
    ...(equals === undefined ? {} : { equals }),
    contains: textsOf(action, 'contains', entryOf(given, 'contains')),
    lacks: textsOf(action, 'lacks', entryOf(given, 'lacks')),
  };
}

/** Why a return is not what was expected; null where it is. */
export function expectationProblem(
  expected: Expectation,
  value: unknown,
  retcode: number | null,
): string | null {
  if (retcode === null) return 'it came without a retcode';
  if (!expected.retcodes.includes(retcode)) {
    return `retcode ${retcode} instead of ${expected.retcodes.join(' or ')}`;
  }
  // Salt's functions say `false` for a failure; who expects just that writes it.
  if (value === false && expected.equals === undefined && expected.at.length === 0)
    return 'it returned false';
  const seen = partAt(value, expected.at);
  const where = expected.at.length === 0 ? 'it' : expected.at.join('.');
  if (expected.at.length > 0 && seen === undefined) return `there is no ${where} in what it returned`;
  if (expected.equals !== undefined && !isDeepStrictEqual(seen, expected.equals)) {
    return `${where} is not ${JSON.stringify(expected.equals)}`;
  }
  const missing = expected.contains.find((text) => !holds(seen, text));
  if (missing !== undefined) return `${where} does not contain ${JSON.stringify(missing)}`;
  const unwanted = expected.lacks.find((text) => holds(seen, text));
  return unwanted === undefined ? null : `${where} contains ${JSON.stringify(unwanted)}`;
}

function partAt(value: unknown, at: readonly string[]): unknown {
  return at.reduce<unknown>((part, name) => (isRecord(part) ? entryOf(part, name) : undefined), value);
}

function holds(value: unknown, text: string): boolean {
  if (typeof value === 'string') return value.includes(text);
  if (Array.isArray(value)) return value.some((entry) => holds(entry, text));
  return isRecord(value) ? Object.hasOwn(value, text) : JSON.stringify(value) === text;
}

function retcodesOf(action: string, given: unknown): readonly number[] {
  if (given === undefined) return plainExpectation.retcodes;
  const codes: readonly unknown[] = Array.isArray(given) ? given : [given];
  const whole = codes.filter((code) => typeof code === 'number' && Number.isInteger(code));
  if (codes.length === 0 || codes.length > mostTexts || whole.length < codes.length) {
    throw wrong(action, '"expect.retcode" must be a whole number, or a list of them');
  }
  return codes.map(Number);
}

function textsOf(action: string, key: string, given: unknown): readonly string[] {
  if (given === undefined) return [];
  const texts: readonly unknown[] = Array.isArray(given) ? given : [given];
  const usable = texts.filter(
    (text): text is string => typeof text === 'string' && text !== '' && text.length <= longestText,
  );
  if (texts.length === 0 || texts.length > mostTexts || usable.length < texts.length) {
    throw wrong(
      action,
      `"expect.${key}" must be a text that is not empty, or a list of up to ${mostTexts} of them`,
    );
  }
  return usable;
}

function wrong(action: string, what: string): SaltError {
  return new SaltError('salt-argument', `${action}: ${what}`, false);
}
