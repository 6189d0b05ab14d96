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

/** Refuses what lacks one of the methods. */
export function checkMethods(option: string, given: unknown, methods: readonly string[]): void {
  const isObject = (typeof given === 'object' && given !== null) || typeof given === 'function';
  const has = (name: string) => isObject && typeof Reflect.get(given, name) === 'function';
  if (!methods.every(has)) {
    throw new OptionError(option, given, `an object with ${methods.join(', ')}`);
  }
}
