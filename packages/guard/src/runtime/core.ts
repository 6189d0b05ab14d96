import { blamesResource, isFaultKind } from '@prunella/protocol';
import type { Adapter, Classification } from '../adapter.ts';
import type { Clock } from '../clock.ts';
import { type Fault, FaultError } from '../fault.ts';
import type { Outcome } from '../guard.ts';
import { warnOnce } from '../warn.ts';
import { Deadlines } from './deadlines.ts';
import { Emitter } from './emitter.ts';
import { Health, type Source } from './health.ts';
import type { KeptWrites } from './kept-writes.ts';
import type { Limiter } from './limiter.ts';
import type { Settings } from './settings.ts';
import { textOf } from './text-of.ts';

const notKnown: Classification = { kind: 'unknown', outcomeUnknown: true, evict: false };

export const ownLoopBlocked = 'the own event loop was blocked';

/** What the parts of one guard share. */
export class Core<Handle> {
  readonly adapter: Adapter<Handle>;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly health: Health;
  readonly emitter: Emitter;
  /** Null where none were put on the guard. */
  writes: KeptWrites | null = null;
  /** Null where calls are not limited. */
  limiter: Limiter | null = null;
  detached = false;
  #refusal: { readonly because: Fault | null; readonly outcome: Outcome<never> & { ok: false } } | null =
    null;

  constructor(adapter: Adapter<Handle>, settings: Settings) {
    this.adapter = adapter;
    this.settings = settings;
    this.clock = settings.clock;
    this.emitter = new Emitter(settings.resource);
    this.deadlines = new Deadlines(settings.clock);
    this.health = new Health(settings.clock, settings.breaker);
  }

  fault(error: unknown, { kind, outcomeUnknown } = this.classify(error)): Fault {
    const message = `${this.settings.resource} failed (${kind}): ${textOf(error)}`;
    return {
      code: 'PRUNELLA_FAULT',
      kind,
      resource: this.settings.resource,
      message,
      cause: error,
      outcomeUnknown,
    };
  }

  /** `local`: the resource is not to blame, so its slowness is no fault of it. */
  deadlineFault(deadlineMs: number, local: string | null, outcomeUnknown: boolean): Fault {
    const { resource } = this.settings;
    const kind = local === null ? 'timeout' : 'local';
    const why = local === null ? '' : `; ${local}, so this says nothing about the resource`;
    const message = `${resource} failed (${kind}): no answer within ${deadlineMs} ms${why}`;
    return { code: 'PRUNELLA_DEADLINE', kind, resource, message, outcomeUnknown };
  }

  classify(error: unknown): Classification {
    return this.meaning('classify', () => this.adapter.classify(error), notKnown);
  }

  /** As `asked`, for what an error means. */
  meaning(what: string, ask: () => Classification, instead: Classification): Classification {
    const answer = this.asked(what, ask, instead);
    if (isFaultKind(Object(answer).kind)) return answer;
    this.mistaken(what, 'what it answered is no classification');
    return instead;
  }

  /**
   * What the adapter, which may be anybody's, answers where it must not throw, nor answer later: where it does all
   * the same, `instead`, and one warning. A timer may stand behind the question, and a throw would end the process.
   */
  asked<Answer>(what: string, ask: () => Answer, instead: Answer): Answer {
    try {
      const answer = ask();
      if (!isThenable(answer)) return answer;
      answer.then(undefined, (error: unknown) => this.mistaken(what, error));
      if (instead !== undefined) this.mistaken(what, 'it answered a promise');
    } catch (error) {
      this.mistaken(what, error);
    }
    return instead;
  }

  mistaken(what: string, error: unknown): void {
    const { driver } = this.adapter;
    const text = `the adapter ${driver} is wrong: its ${what} failed, which it must not: ${textOf(error)}`;
    warnOnce(text, `${driver} ${what}`);
  }

  /** Counts a fault and tells who listens. */
  failed(fault: Fault, beganAt: number, source: Source): void {
    this.health.failed(fault, beganAt, source);
    this.emitter.emit('fault', { fault, counted: blamesResource(fault.kind) });
  }

  /** Why no call is let through now. The same object as long as the reason is the same. */
  refusal(): Outcome<never> & { ok: false } {
    const because = this.health.lastFault;
    if (this.#refusal === null || this.#refusal.because !== because || this.detached) {
      this.#refusal = { because, outcome: { ok: false, fault: this.#refusedFault(because) } };
    }
    return this.#refusal.outcome;
  }

  #refusedFault(because: Fault | null): Fault {
    const { resource } = this.settings;
    if (this.detached) return detachedFault(resource);
    const message = `${resource} is not tried now, since recent calls failed; the newest: ${because?.message ?? 'unknown'}`;
    const kind = because?.kind ?? 'unknown';
    return {
      code: 'PRUNELLA_BREAKER_OPEN',
      kind,
      resource,
      message,
      cause: because?.cause,
      outcomeUnknown: false,
    };
  }
}

export function detachedFault(resource: string): Fault {
  const message = `${resource}: the guard was detached; attach a new one to go on`;
  return { code: 'PRUNELLA_DETACHED', kind: 'local', resource, message, outcomeUnknown: false };
}

/** Neither a cached value nor a later try is an answer to this. */
export function cannotWait(fault: Fault): boolean {
  return fault.kind === 'caller' || fault.code === 'PRUNELLA_DETACHED';
}

export function toError(fault: Fault): FaultError {
  if (fault instanceof FaultError) return fault;
  const { stackTraceLimit } = Error;
  // A timer's stack leads nowhere, and costs more than all else of a miss.
  if (fault.code === 'PRUNELLA_DEADLINE') Error.stackTraceLimit = 0;
  const error = new FaultError(fault);
  Error.stackTraceLimit = stackTraceLimit;
  return error;
}

/** The standard's `cause`, TypeORM's `driverError`, Sequelize's `original`, Prisma's `meta`, AggregateError's first. */
const wrapping = ['cause', 'driverError', 'original', 'meta', 'driverAdapterError', 'errors', '0'];

/** The fault of a guard further inside, also where an ORM has wrapped it. Any thrown value has an answer. */
export function innerFault(error: unknown): FaultError | null {
  let inner = error;
  try {
    for (let depth = 0; depth < 8 && isObject(inner); depth++) {
      if (inner instanceof FaultError) return inner;
      const wrapper = inner;
      inner = wrapping.map((link) => Reflect.get(wrapper, link)).find(isObject);
    }
  } catch {
    // A getter that throws hides no fault of ours.
  }
  return null;
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return isObject(value) && 'then' in value && typeof value.then === 'function';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
