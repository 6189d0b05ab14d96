import { blamesResource, type Condition, type FaultKind } from '@prunella/protocol';
import type { Clock } from '../clock.ts';
import type { Fault } from '../fault.ts';
import type { Settings } from './settings.ts';
import { Window } from './window.ts';

export type Admission = 'normal' | 'trial' | 'refused';
export type Source = 'call' | 'ping';

/**
 * What one guard knows of its resource: recent outcomes, the breaker, and the condition that follows.
 *
 * - A success begun after the newest failure ends `down` at once; `degraded` ends when the window shows no
 *   failure any more, so that a resource that fails now and then does not flap.
 * - A ping proves less than a call. Where the first call after a recovery by ping failed, pings alone do not end
 *   `down` again until the window has no failed call.
 */
export class Health {
  condition: Condition = 'unknown';
  successes = 0;
  readonly faults: Partial<Record<FaultKind, number>> = {};
  changedAt: number;
  firstFaultAt = 0;
  /** The beginning of the newest success; NaN before the first. */
  lastSuccessAt = Number.NaN;
  /** The newest fault that blames the resource, in the present sick stretch. */
  lastFault: Fault | null = null;
  /** Set while calls are not simply let through. */
  guarded = false;
  onChange: (previous: Condition) => void = () => {};

  readonly #clock: Clock;
  readonly #breaker: Settings['breaker'];
  readonly #window: Window;
  #consecutive = 0;
  #openUntil = 0;
  #trial = false;
  #lastFaultBeganAt = Number.NEGATIVE_INFINITY;
  #recoveredAt = Number.NEGATIVE_INFINITY;
  /** The present `ok` rests on a ping, no call has yet said otherwise. */
  #probation = false;
  #pingsTrusted = true;

  constructor(clock: Clock, breaker: Settings['breaker']) {
    this.#clock = clock;
    this.#breaker = breaker;
    this.#window = new Window(breaker.windowMs);
    this.changedAt = clock.now();
  }

  /** As `admit` would now, which also lets a trial through. */
  refuses(now: number): boolean {
    return this.guarded && (this.#trial || now < this.#openUntil);
  }

  /** Asked only while `guarded`. */
  admit(now: number): Admission {
    if (!this.guarded) return 'normal';
    if (this.refuses(now)) return 'refused';
    this.#trial = true;
    return 'trial';
  }

  /** A trial ended without saying anything about the resource. */
  endTrial(): void {
    this.#trial = false;
  }

  succeeded(beganAt: number, source: Source): void {
    this.successes++;
    if (!(beganAt <= this.lastSuccessAt)) this.lastSuccessAt = beganAt;
    this.#consecutive = 0;
    if (this.condition !== 'ok') {
      this.#mend(beganAt, source);
      return;
    }
    this.#window.addGood(beganAt);
    if (this.#probation && source === 'call') {
      this.#probation = false;
      this.#pingsTrusted = true;
    }
  }

  failed(fault: Fault, beganAt: number, source: Source): void {
    this.faults[fault.kind] = (this.faults[fault.kind] ?? 0) + 1;
    // What began before the recovery belongs to the trouble that is over.
    if (!blamesResource(fault.kind) || beganAt < this.#recoveredAt) return;
    const now = this.#clock.now();
    this.lastFault = fault;
    this.#lastFaultBeganAt = Math.max(this.#lastFaultBeganAt, beganAt);
    this.#window.addBad(now);
    this.#consecutive++;
    if (source === 'ping') this.#pingsTrusted = true;
    else if (this.#probation) this.#pingsTrusted = false;
    this.#probation = false;
    if (this.#mustOpen()) {
      this.guarded = true;
      this.#openUntil = now + this.#breaker.openForMs;
    }
    this.evaluate(now);
  }

  /** Time has passed. */
  evaluate(now: number): void {
    this.#window.forget(now);
    const { good, bad } = this.#window;
    if (this.guarded) this.#become('down', now);
    else if (bad > 0) this.#become(good > 0 ? 'degraded' : 'down', now);
    else if (good > 0) this.#become('ok', now);
  }

  #mend(beganAt: number, source: Source): void {
    const now = this.#clock.now();
    // By its end: a call may take longer than the window is.
    this.#window.addGood(now);
    const proves = source === 'call' || this.#pingsTrusted || this.#window.bad === 0;
    if (this.condition === 'down' && proves && beganAt >= this.#lastFaultBeganAt) {
      this.#window.clear();
      this.#window.addGood(now);
      this.guarded = false;
      this.#recoveredAt = beganAt;
      this.#probation = source === 'ping';
      if (source === 'call') this.#pingsTrusted = true;
    }
    this.evaluate(now);
  }

  #mustOpen(): boolean {
    if (this.guarded) return true;
    const { good, bad } = this.#window;
    const { share, volume, consecutive } = this.#breaker;
    return this.#consecutive >= consecutive || (good + bad >= volume && bad >= share * (good + bad));
  }

  #become(condition: Condition, now: number): void {
    const previous = this.condition;
    if (condition === previous) return;
    const wasSick = previous === 'down' || previous === 'degraded';
    if (condition === 'ok') this.lastFault = null;
    else if (!wasSick) this.firstFaultAt = now;
    this.condition = condition;
    this.changedAt = now;
    this.onChange(previous);
  }
}
