import { createHash } from 'node:crypto';
import { hideSecrets } from './hide-secrets.ts';
import { entryOf, isRecord, type JsonRecord } from './value.ts';

const longestName = 120;
const hashDigits = 4;

/** States whose `name` is a path or the name of a thing, and never what it holds. */
const namedThings = new RegExp(
  [
    '^(?:file|service|pkg|user|group|mount|archive|kmod|timezone|locale|sysctl|host|alternatives|supervisord|salt|test)$',
    '^docker_(?:container|image|network|volume)$',
    '^(?:mongodb|mysql|postgres|rabbitmq)_(?:database|user|group|grants|schema|extension|vhost)$',
  ].join('|'),
);

/** One state of a return, and what of it may get into the log and before people. */
export interface NamedState {
  readonly state: JsonRecord;
  readonly module: string;
  /** Such as `file.managed`. */
  readonly function: string;
  /** Under which people wrote it. It may be a whole command, with what came from pillar. */
  readonly id: string;
  /** The id where it looks like a name, else what stands for it. */
  readonly shown: string;
  /** Such as a path; null where the state's `name` may be more than a name. */
  readonly thing: string | null;
  /** What must not be shown, as it is written. */
  readonly hidden: readonly string[];
}

/** Null where these are no states. */
export function namedStates(value: unknown): readonly NamedState[] | null {
  if (!isRecord(value)) return null;
  const states: NamedState[] = [];
  for (const [key, state] of Object.entries(value)) {
    if (!isRecord(state) || !Object.hasOwn(state, 'result')) return null;
    states.push(namedState(key, state));
  }
  return states;
}

function namedState(key: string, state: JsonRecord): NamedState {
  const parts = key.split('_|-');
  const module = word(parts[0]);
  const functionName = `${module}.${word(parts.at(-1))}`;
  const given = entryOf(state, '__id__');
  const id = typeof given === 'string' ? given : (parts[1] ?? key);
  const named = entryOf(state, 'name');
  const name = typeof named === 'string' ? named : null;
  const isThing = namedThings.test(module);
  const isName = looksLikeName(id) && (isThing || id !== name);
  return {
    state,
    module,
    function: functionName,
    id,
    shown: isName ? id : `${functionName} (id not shown, #${shortHash(id)})`,
    thing: isThing ? name : null,
    hidden: [...(isName ? [] : [id]), ...(isThing || name === null ? [] : [name])],
  };
}

function looksLikeName(id: string): boolean {
  return id.length <= longestName && /^\S+$/.test(id) && hideSecrets(id) === id;
}

/** Tells two apart, and is found again in the state file. Short, so that fifteen of a million guessed passwords fit. */
function shortHash(id: string): string {
  return createHash('sha256').update(id).digest('hex').slice(0, hashDigits);
}

function word(part: string | undefined): string {
  return part !== undefined && /^\w{1,60}$/.test(part) ? part : '?';
}
