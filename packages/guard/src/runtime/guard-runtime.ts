import { type Condition, type Directive, isSick, type ResourceCondition } from '@prunella/protocol';
import type { Adapter } from '../adapter.ts';
import { checkObject } from '../check.ts';
import type { GuardEventName, GuardEvents } from '../events.ts';
import type { CallOptions, Guard, GuardedFunction, Outcome, ReadAnswer, ReadRequest } from '../guard.ts';
import { type Internals, internals } from '../internals.ts';
import type { Enrolment, Member } from '../reporting/member.ts';
import { redact } from '../reporting/redact.ts';
import { CachedCopies } from './cached-copies.ts';
import { outerOf, run, tryRun } from './call.ts';
import { Core } from './core.ts';
import { Reads } from './reads.ts';
import { Recovery } from './recovery.ts';
import { checkDeadline, type Settings } from './settings.ts';

const callOptionNames = ['deadlineMs', 'within'];
const closeMostMs = 1_000;
/** At least: a recovery is told to all at once, and a fleet must not come back in one moment. */
const recoveredSpreadMs = 500;

/** A look at the resource that directives asked for. */
interface Look {
  readonly at: number;
  /** Also while the condition is `ok`. */
  readonly probes: boolean;
  readonly cancel: () => void;
}

/** The parts of one guard, put together. */
export class GuardRuntime<Handle> implements Guard<Handle>, Member {
  readonly resource: string;
  readonly [internals]: Internals<Handle>;
  readonly #core: Core<Handle>;
  readonly #recovery: Recovery<Handle>;
  readonly #reads: Reads<Handle>;
  readonly #enrolment: Enrolment;
  readonly #unwatch: (() => void) | undefined;
  #look: Look | null = null;
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(adapter: Adapter<Handle>, settings: Settings, enrol: (member: Member) => Enrolment) {
    this.resource = settings.resource;
    this.#core = new Core(adapter, settings);
    const copies = new CachedCopies(this.#core);
    this.#recovery = new Recovery(this.#core);
    this.#reads = new Reads(this.#core, copies, () => this.#enrolment.changed());
    this[internals] = {
      core: this.#core,
      copies,
      reads: this.#reads,
      plan: () => this.#recovery.plan(),
    };
    this.#core.health.onChange = (previous) => this.#changed(previous);
    this.#enrolment = enrol(this);
    this.#unwatch = adapter.watch?.((error) => this.#noticed(error));
  }

  get condition(): Condition {
    return this.#core.health.condition;
  }

  get waitingWrites(): number {
    return this.#core.writes?.waiting ?? 0;
  }

  run<Result>(fn: GuardedFunction<Handle, Result>, options?: CallOptions): Promise<Result> {
    if (options !== undefined) checkObject('options', options, callOptionNames);
    return run(this.#core, fn, this.#deadline(options), outerOf(options));
  }

  tryRun<Result>(fn: GuardedFunction<Handle, Result>, options?: CallOptions): Promise<Outcome<Result>> {
    if (options !== undefined) checkObject('options', options, callOptionNames);
    return tryRun(this.#core, fn, this.#deadline(options), outerOf(options));
  }

  read<Value>(request: ReadRequest<Handle, Value>): Promise<ReadAnswer<Value>> {
    return this.#reads.read(request, this.#deadline(request), outerOf(request));
  }

  on<Name extends GuardEventName>(name: Name, listener: (event: GuardEvents[Name]) => void): () => void {
    return this.#core.emitter.on(name, listener);
  }

  /** Finds out now; for a connection that the guard owns. */
  begin(): void {
    this.#recovery.now();
  }

  async detach(): Promise<{ readonly lostWrites: number }> {
    const core = this.#core;
    if (core.detached) return { lostWrites: 0 };
    core.detached = true;
    this.#recovery.stop();
    this.#look?.cancel();
    core.asked('watch', () => this.#unwatch?.(), undefined);
    const lostWrites = core.writes?.abandon() ?? 0;
    await Promise.all([this.#enrolment.leave(), this.#close()]);
    return { lostWrites };
  }

  snapshot(): ResourceCondition {
    const { health, clock } = this.#core;
    const now = clock.now();
    health.evaluate(now);
    const { condition, lastFault, lastSuccessAt } = health;
    const cacheOnlyAgeMs = this.#reads.cacheOnlyAgeMs;
    return {
      resource: this.resource,
      condition,
      sinceMs: age(now, health.changedAt),
      successes: health.successes,
      faults: { ...health.faults },
      ...(isSick(condition) && { firstFaultAgeMs: age(now, health.firstFaultAt) }),
      ...(isSick(condition) &&
        lastFault !== null && { lastFaultKind: lastFault.kind, sample: redact(lastFault.message) }),
      ...(!Number.isNaN(lastSuccessAt) && { lastSuccessAgeMs: age(now, lastSuccessAt) }),
      ...(cacheOnlyAgeMs !== null && { cacheOnly: { newestAgeMs: Math.round(cacheOnlyAgeMs) } }),
    };
  }

  obey(directive: Directive): void {
    const core = this.#core;
    core.emitter.emit('directive', { directive });
    core.limiter?.obey(directive);
    const asksToProbe = directive.directive === 'probe';
    if (!asksToProbe && directive.directive !== 'recovered') return;
    const spreadMs = Math.max(directive.spreadMs, asksToProbe ? 0 : recoveredSpreadMs);
    const now = core.clock.now();
    const before = this.#look;
    before?.cancel();
    // One look serves all that asked for one: a healer can send directives without end.
    const at = Math.min(before?.at ?? Number.POSITIVE_INFINITY, now + core.settings.random() * spreadMs);
    const probes = asksToProbe || before?.probes === true;
    const cancel = core.deadlines.after(Math.max(0, at - now), async () => {
      this.#look = null;
      if (probes || this.condition !== 'ok') await this.#recovery.fresh();
      this.#enrolment.changed();
    });
    this.#look = { at, probes, cancel };
  }

  #changed(previous: Condition): void {
    const { condition, lastFault } = this.#core.health;
    if (previous === 'unknown' || isSick(previous) !== isSick(condition)) this.#recovery.replan();
    this.#core.emitter.emit('condition', { condition, previous, fault: lastFault });
    this.#enrolment.changed();
    if (condition === 'ok') this.#core.writes?.replay();
  }

  /**
   * The driver's own event, such as an idle client's end, is a reason to look, not yet a fault of a call. A
   * driver may send one for each failing ping, so while it is sick the plan stands.
   */
  #noticed(error: unknown): void {
    const core = this.#core;
    if (core.detached) return;
    core.emitter.emit('fault', { fault: core.fault(error), counted: false });
    const now = core.clock.now();
    if (isSick(this.condition) || now < this.#lookedAt + core.settings.reconnect.baseMs) return;
    this.#lookedAt = now;
    this.#recovery.now();
  }

  #deadline(options: CallOptions | undefined): number {
    const given = options?.deadlineMs;
    return given === undefined ? this.#core.settings.deadlineMs : checkDeadline(given);
  }

  async #close(): Promise<void> {
    const { adapter, clock } = this.#core;
    if (adapter.close === undefined) return;
    let cancel = () => {};
    const tooLong = new Promise<void>((resolve) => {
      cancel = clock.after(closeMostMs, resolve);
    });
    try {
      await Promise.race([adapter.close(), tooLong]);
    } catch (error) {
      process.emitWarning(`${this.resource}: closing failed: ${String(error)}`, 'PrunellaWarning');
    }
    cancel();
  }
}

function age(now: number, at: number): number {
  return Math.max(0, Math.round(now - at));
}
