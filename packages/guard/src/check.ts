import { OptionError } from './fault.ts';

/** Refuses what is no number within the bounds; `whole` asks for an integer. */
export function checkNumber(
  option: string,
  given: unknown,
  least: number,
  most: number,
  whole = false,
): number {
  if (
    typeof given !== 'number' ||
    !(given >= least && given <= most) ||
    (whole && !Number.isInteger(given))
  ) {
    throw new OptionError(option, given, `${whole ? 'a whole number' : 'a number'} from ${least} to ${most}`);
  }
  return given;
}

/** Refuses what is no object, and names that are not known: a misspelt option must not be a default. */
export function checkObject(option: string, given: unknown, known: readonly string[]): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new OptionError(option, given, 'an object');
  }
  for (const name of Object.keys(given)) {
    if (!known.includes(name)) throw new OptionError(name, 'an unknown name', known.join(', '));
  }
}

/** Refuses what lacks one of the methods; `what` it should be, for the reader. */
export function checkMethods(
  option: string,
  given: unknown,
  methods: readonly string[],
  what = 'an object',
): void {
  const isObject = (typeof given === 'object' && given !== null) || typeof given === 'function';
  const has = (name: string) => isObject && typeof Reflect.get(given, name) === 'function';
  if (!methods.every(has)) {
    throw new OptionError(option, given, `${what} with ${methods.join(', ')}`);
  }
}

/**
 * Refuses what is no cache, although it has the methods: a Map and what is like one answer at once, and a client of
 * Redis answers texts.
 */
export function checkCache(option: string, given: unknown): void {
  checkMethods(option, given, ['get', 'set']);
  const has = (name: string | symbol) => Reflect.get(Object(given), name) !== undefined;
  if (has(Symbol.iterator) || has('sendCommand') || given instanceof WeakMap) {
    throw new OptionError(option, given, 'a cache, such as memoryCache() or redisCache(client, \u2026)');
  }
}
