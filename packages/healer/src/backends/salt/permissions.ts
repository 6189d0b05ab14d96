import { isRecord } from './value.ts';

/** What an account of external_auth may do beyond what the healer needs. */
export interface Excess {
  readonly what: 'every function' | 'every runner' | 'the wheel' | 'any command';
  /** The entry that allows it. */
  readonly entry: string;
}

/** No function has this name: what allows it allows whatever there is. */
const noFunction = 'no_such_module_of_prunella.no_such_function';
const mostEntries = 1_000;

/** Reads the list that salt-api gives with a token: texts, and maps from targets or `@kinds` to such lists. */
export function excessesOf(permissions: unknown): readonly Excess[] {
  const found = new Map<string, Excess>();
  let seen = 0;
  const look = (list: unknown) => {
    for (const entry of Array.isArray(list) ? list : []) {
      seen += 1;
      if (seen > mostEntries) return;
      if (typeof entry === 'string') {
        const excess = excessOf(entry);
        if (excess) found.set(excess.what, excess);
      } else if (isRecord(entry)) {
        for (const [key, inner] of Object.entries(entry)) {
          if (/^@wheels?$/.test(key)) found.set('the wheel', { what: 'the wheel', entry: key });
          // What stands under a kind are its own functions; under anything else, those of minions.
          else if (!key.startsWith('@')) look(inner);
          else if (/^@runners?$/.test(key) && textsOf(inner).some((text) => matches(text, noFunction))) {
            found.set('every runner', { what: 'every runner', entry: key });
          }
        }
      }
    }
  };
  look(permissions);
  return [...found.values()];
}

function excessOf(entry: string): Excess | null {
  if (/^@wheels?$/.test(entry)) return { what: 'the wheel', entry };
  if (/^@runners?$/.test(entry)) return { what: 'every runner', entry };
  if (entry.startsWith('@')) return null;
  if (matches(entry, noFunction)) return { what: 'every function', entry };
  return matches(entry, 'cmd.run') ? { what: 'any command', entry } : null;
}

/**
 * As Salt matches (`re.match`): a regular expression from the beginning of the name on, so that `cmd` allows
 * `cmd.run`, too. One that Node cannot read allows nothing here.
 */
function matches(expression: string, name: string): boolean {
  try {
    return new RegExp(`^(?:${expression})`).test(name);
  } catch {
    return expression === '*';
  }
}

function textsOf(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.filter((one) => typeof one === 'string') : [];
}
