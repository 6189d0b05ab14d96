import { checkNumber } from '../check.ts';
import { type Fault, OptionError } from '../fault.ts';
import type { GuardedFunction, Outcome, ReadAnswer, ReadRequest } from '../guard.ts';
import { bounded, type DeadlineMissed } from './bounded.ts';
import type { CachedCopies, LoadingCall } from './cached-copies.ts';
import { type Call, callOf, localReason, timeWithin, tryRun } from './call.ts';
import { type Core, cannotWait, toError } from './core.ts';

type Fresh<Value> = ReadAnswer<Value> & { readonly cacheOnly: false };
type Merge<Value> = ReadRequest<unknown, Value>['merge'];
type Checked = Limits & { readonly load: unknown; readonly merge?: unknown };
type Limits = Pick<ReadRequest<unknown, unknown>, 'maxStaleMs' | 'maxAbsentMs'>;

const longestMs = 31_536_000_000;
const longestKey = 1_000;
const limitNames = ['load', 'merge', 'deadlineMs', 'within', 'maxStaleMs', 'maxAbsentMs'];
const readNames = namesWith('key');

/** Reads through the cache; what was answered from it is never written back. */
export class Reads<Handle> {
  readonly #core: Core<Handle>;
  readonly #copies: CachedCopies<Handle>;
  readonly #onModeChange: () => void;
  /** The age of the newest answer from the cache; null while reads are fresh. */
  cacheOnlyAgeMs: number | null = null;
  /** For a part on a subpath: where it answers a fault, a copy is answered without a try, for that reason. */
  spare: (() => Fault | null) | undefined;

  constructor(core: Core<Handle>, copies: CachedCopies<Handle>, onModeChange: () => void) {
    this.#core = core;
    this.#copies = copies;
    this.#onModeChange = onModeChange;
  }

  async read<Value>(
    request: ReadRequest<Handle, Value>,
    deadlineMs: number,
    outer: Call | null,
  ): Promise<ReadAnswer<Value>> {
    const { key, load, merge } = request;
    checkRequest(request, readNames);
    if (!isKey(key)) throw new OptionError('key', key, keyAllowed);
    const core = this.#core;
    // The shortest way to a copy: no load, so nothing to share.
    const refused = core.health.refuses(core.clock.now());
    const instead = refused ? core.refusal().fault : this.spare?.();
    if (instead) {
      const answer = await this.fromCopy<Value>(key, instead, request);
      if (answer.ok) return answer.value;
      if (refused) throw toError(answer.fault);
    }
    const timeMs = timeWithin(outer, deadlineMs);
    let outcome = this.joined<Value>(key, merge, timeMs);
    if (outcome === null) {
      const under: LoadingCall = { call: null, missed: false };
      const loaded = tryRun(core, seen(load, under), deadlineMs, outer);
      outcome = this.lead(key, loaded, merge, timeMs, under);
    }
    const fresh = await outcome;
    if (fresh.ok) return fresh.value;
    const answer = await this.fromCopy<Value>(key, fresh.fault, request);
    if (answer.ok) return answer.value;
    throw toError(answer.fault);
  }

  /** The answer of a load that is under way, at most until the own deadline; null where none can be shared. */
  joined<Value>(key: string, merge: Merge<Value>, deadlineMs: number): Promise<Outcome<Fresh<Value>>> | null {
    const flight = this.#copies.flight(key);
    // One that may end sooner, or that merges otherwise, is no answer to this read.
    if (flight === undefined || flight.deadlineMs < deadlineMs || flight.merges !== (merge !== undefined)) {
      return null;
    }
    const core = this.#core;
    const beganAt = core.clock.now();
    const answer = flight.answer as Promise<Outcome<Fresh<Value>>>;
    return bounded(core.clock, core.deadlines, deadlineMs, () => answer).catch(
      ({ lagged }: DeadlineMissed) => {
        const { under } = flight;
        const { call } = under;
        const local = call === null ? localReason(true, lagged) : call.localReason(lagged);
        const fault = core.deadlineFault(deadlineMs, local, false);
        // One load says one thing about the resource, however many wait for it; its own end says it, too.
        if (!under.missed && !call?.hasEnded) {
          under.missed = true;
          core.failed(fault, beganAt, 'call');
        }
        return { ok: false, fault };
      },
    );
  }

  /** Makes of what is being loaded an answer that others may join. */
  lead<Value>(
    key: string,
    loaded: Promise<Outcome<Value>>,
    merge: Merge<Value>,
    deadlineMs: number,
    under: LoadingCall,
  ): Promise<Outcome<Fresh<Value>>> {
    const load = this.#copies.beginLoad(key);
    const answer = loaded.then<Outcome<Fresh<Value>>>(async (outcome) => {
      const overtaken = this.#copies.endLoad(key, load);
      if (load.flight === flight) delete load.flight;
      if (!outcome.ok) return outcome;
      this.#mode(null);
      const fresh = outcome.value;
      const value =
        merge === undefined || fresh === undefined
          ? freshAnswer(this.#store(key, fresh, overtaken))
          : await this.#merge(key, fresh, merge);
      return { ok: true, value };
    });
    const flight = { deadlineMs, merges: merge !== undefined, under, answer };
    load.flight = flight;
    return answer;
  }

  /** What the cached copy answers to a read that failed; the fault where it is none. */
  async fromCopy<Value>(key: string, reason: Fault, limits: Limits): Promise<Outcome<ReadAnswer<Value>>> {
    if (cannotWait(reason)) return { ok: false, fault: reason };
    const copy = await this.#copies.look(key);
    if (copy === undefined || copy === null) return { ok: false, fault: reason };
    const { maxStaleMs = Number.POSITIVE_INFINITY, maxAbsentMs = 60_000 } = limits;
    const mostMs = copy.value === null ? Math.min(maxStaleMs, maxAbsentMs) : maxStaleMs;
    const sinceMs = this.#core.clock.wall() - copy.storedAt;
    // Of a copy that the clock calls newer than now, nobody knows the age.
    if (Math.abs(sinceMs) > mostMs) {
      const message = `the cached copy of ${key} is ${sinceMs} ms old, allowed are ${mostMs}: ${reason.message}`;
      return { ok: false, fault: { ...reason, code: 'PRUNELLA_STALE', message } };
    }
    const ageMs = Math.max(0, sinceMs);
    this.#mode(ageMs);
    return { ok: true, value: { value: copy.value as Value, cacheOnly: true, ageMs, reason } };
  }

  #mode(cacheOnlyAgeMs: number | null): void {
    const changed = (cacheOnlyAgeMs === null) !== (this.cacheOnlyAgeMs === null);
    this.cacheOnlyAgeMs = cacheOnlyAgeMs;
    if (changed) this.#onModeChange();
  }

  #store<Value>(key: string, fresh: Value, overtaken: boolean): Value {
    if (fresh === undefined) return fresh;
    const { writes } = this.#core;
    const value = writes === null ? fresh : writes.applyWaiting(key, fresh);
    // A write's own copy knows more; and whether the load saw a write that is just being replayed, nobody knows.
    if (!overtaken && !writes?.isReplaying(key)) {
      this.#copies.inOrder(
        key,
        () => this.#set(key, value),
        () => {},
      );
    }
    return value as Value;
  }

  /** Answers before the merged value is stored. */
  #merge<Value>(
    key: string,
    fresh: Value,
    merge: (fresh: Value, cached: Value) => Value,
  ): Promise<Fresh<Value>> {
    return new Promise((resolve) => {
      const unmerged = (error: unknown) => resolve({ ...freshAnswer(fresh), unmerged: error });
      const mergeAndSet = async () => {
        const copy = await this.#copies.get(key);
        // Not knowing the copy, it must not be overwritten: it may hold what only it knows.
        if (copy === null) return unmerged(noCopy());
        try {
          const mergeable = copy !== undefined && copy.value !== null && fresh !== null;
          const value = mergeable ? merge(fresh, copy.value as Value) : fresh;
          if (mergeable) refuseUnmerged(value);
          resolve(freshAnswer(value));
          await this.#set(key, value);
        } catch (error) {
          this.#copies.failed(key, 'merge', error);
          unmerged(error);
        }
      };
      this.#copies.inOrder(key, mergeAndSet, () => unmerged(noCopy()));
    });
  }

  #set(key: string, value: unknown): Promise<void> {
    const storedAt = this.#core.clock.wall();
    return this.#copies.set(key, { value, storedAt, pending: this.#core.writes?.waitsFor(key) ?? false });
  }
}

export const keyAllowed = `a text of 1 to ${longestKey} characters`;

export function isKey(given: unknown): boolean {
  return typeof given === 'string' && given !== '' && given.length <= longestKey;
}

/** The names of what a request to read has, besides those of its keys. */
export function namesWith(keys: string): ReadonlySet<string> {
  return new Set([keys, ...limitNames]);
}

/** Refuses names that are not known, too: a misspelt limit must not be none. Each read pays for it. */
export function checkRequest(request: Checked, known: ReadonlySet<string>): void {
  for (const name in request) {
    if (!known.has(name)) throw new OptionError(name, 'an unknown name', [...known].join(', '));
  }
  const { load, merge = load, maxStaleMs = 0, maxAbsentMs = 0 } = request;
  if (typeof load !== 'function') throw new OptionError('load', load, 'a function');
  if (typeof merge !== 'function') throw new OptionError('merge', merge, 'a function');
  checkNumber('maxStaleMs', maxStaleMs, 0, longestMs);
  checkNumber('maxAbsentMs', maxAbsentMs, 0, longestMs);
}

/** The load, which shows its call before all else. */
export function seen<Handle, Value>(
  load: GuardedFunction<Handle, Value>,
  under: LoadingCall,
): GuardedFunction<Handle, Value> {
  return (handle, context) => {
    under.call = callOf(context);
    return load(handle, context);
  };
}

function freshAnswer<Value>(value: Value): Fresh<Value> {
  return { value, cacheOnly: false, ageMs: 0, reason: null };
}

/** A forgotten `return`, or a merge that is async, would spoil the copy. */
function refuseUnmerged(value: unknown): void {
  const isPromise = typeof Object(value).then === 'function';
  if (value !== undefined && !isPromise) return;
  Promise.resolve(value).catch(() => {}); // nobody else waits for it
  throw new TypeError(`merge answered ${isPromise ? 'a promise' : 'undefined'}, not the merged value`);
}

function noCopy(): Error {
  return new Error('the cache did not answer');
}
