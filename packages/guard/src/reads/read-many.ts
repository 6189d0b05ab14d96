import { type Fault, OptionError } from '../fault.ts';
import type { CallContext, CallOptions, Guard, Outcome, ReadAnswer, ReadRequest } from '../guard.ts';
import { internalsOf } from '../internals.ts';
import type { LoadingCall } from '../runtime/cached-copies.ts';
import { outerOf, timeWithin, tryRun } from '../runtime/call.ts';
import { cannotWait, toError } from '../runtime/core.ts';
import { checkRequest, isKey, keyAllowed, namesWith, seen } from '../runtime/reads.ts';
import { checkDeadline } from '../runtime/settings.ts';

const mostKeys = 10_000;
const names = namesWith('keys');

export interface ReadManyRequest<Handle, Value>
  extends CallOptions,
    Pick<ReadRequest<Handle, Value>, 'maxStaleMs' | 'maxAbsentMs'> {
  /** Up to 10,000, of 1 to 1,000 characters each; one that stands twice is read once. Without any, `load` is not called. */
  readonly keys: readonly string[];
  /**
   * Answers a Map from key to JSON value. It is asked for those keys that no other read is loading. A key that the
   * Map lacks is absent: its value is null.
   */
  readonly load: (
    handle: Handle,
    keys: readonly string[],
    context: CallContext,
  ) => PromiseLike<ReadonlyMap<string, Value>> | ReadonlyMap<string, Value>;
  /** As in `read`, for each key by itself. */
  readonly merge?: (fresh: Value, cached: Value) => Value;
}

/** Check `ok` to reach the value, which is null where there is none. */
export type ManyAnswer<Value> =
  | ({ readonly ok: true } & ReadAnswer<Value | null>)
  | { readonly ok: false; readonly fault: Fault };

/**
 * As `read`, for many keys with one load: each key has an answer of its own, in the order of `keys`. Where the
 * load fails, each comes from its cached copy or has the fault. Rejects only with a `FaultError` of kind `caller`
 * or code `PRUNELLA_DETACHED`, and with an `OptionError`.
 */
export async function readMany<Handle, Value>(
  guard: Guard<Handle>,
  request: ReadManyRequest<Handle, Value>,
): Promise<Map<string, ManyAnswer<Value>>> {
  const { core, reads } = internalsOf(guard);
  const { load, merge } = request;
  checkRequest(request, names);
  const keys = checkedKeys(request.keys);
  const deadlineMs = checkDeadline(request.deadlineMs ?? core.settings.deadlineMs);
  const outer = outerOf(request);
  const timeMs = timeWithin(outer, deadlineMs);
  const found = new Map<string, Promise<Outcome<ReadAnswer<Value | null>>>>();
  const fromCopy = (key: string, fault: Fault) => reads.fromCopy<Value | null>(key, fault, request);

  const spared = reads.spare?.() ?? null;
  if (spared !== null) {
    const copies = await Promise.all(keys.map((key) => fromCopy(key, spared)));
    for (const [at, key] of keys.entries()) {
      const copy = copies[at];
      if (copy?.ok) found.set(key, Promise.resolve(copy));
    }
  }
  // `lead` and `joined` merge only where neither copy is null.
  const mergeBoth = merge as ((fresh: Value | null, cached: Value | null) => Value | null) | undefined;
  const toLoad: string[] = [];
  for (const key of keys) {
    if (found.has(key)) continue;
    const joined = reads.joined<Value | null>(key, mergeBoth, timeMs);
    if (joined === null) toLoad.push(key);
    else found.set(key, joined);
  }
  if (toLoad.length > 0) {
    const under: LoadingCall = { call: null, missed: false };
    const loadAll = async (handle: Handle, context: CallContext) =>
      mapOf(await load(handle, toLoad, context));
    const loaded = tryRun(core, seen(loadAll, under), deadlineMs, outer);
    for (const key of toLoad) {
      const own = loaded.then<Outcome<Value | null>>((outcome) =>
        outcome.ok ? { ok: true, value: outcome.value.get(key) ?? null } : outcome,
      );
      found.set(key, reads.lead(key, own, mergeBoth, timeMs, under));
    }
  }
  const answers = await Promise.all(
    keys.map(async (key): Promise<[string, ManyAnswer<Value>]> => {
      const fresh = await found.get(key);
      if (fresh === undefined) throw new Error(`${key} was neither joined nor loaded`);
      const answer = fresh.ok ? fresh : await fromCopy(key, fresh.fault);
      if (answer.ok) return [key, { ok: true, ...answer.value }];
      if (cannotWait(answer.fault)) throw toError(answer.fault);
      return [key, answer];
    }),
  );
  return new Map(answers);
}

function checkedKeys(given: readonly string[]): string[] {
  if (!Array.isArray(given) || given.length > mostKeys || !given.every(isKey)) {
    throw new OptionError('keys', given, `an array of at most ${mostKeys}, each ${keyAllowed}`);
  }
  return [...new Set(given)];
}

function mapOf<Value>(found: ReadonlyMap<string, Value>): ReadonlyMap<string, Value> {
  if (found instanceof Map) return found;
  throw new TypeError('load of readMany answered no Map from key to value');
}
