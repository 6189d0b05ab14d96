import { blamesResource, isSick } from '@prunella/protocol';
import type { Fault } from '../fault.ts';
import { bounded, DeadlineMissed } from './bounded.ts';
import { type Core, ownLoopBlocked } from './core.ts';

/** While pings pass and calls still fail, the next look comes at the pace of the fourth try. */
const triesAfterSuccess = 3;

/**
 * Brings the connection back and finds out by pings, beside the breaker, whether the resource serves. At most
 * one timer and one flight.
 */
export class Recovery<Handle> {
  readonly #core: Core<Handle>;
  #tries = 0;
  #cancel: (() => void) | null = null;
  #flight: Promise<void> | null = null;

  constructor(core: Core<Handle>) {
    this.#core = core;
  }

  /** Sees to it that the next try is planned, where one is needed. */
  plan(): void {
    if (this.#cancel !== null || this.#flight !== null || this.#core.detached) return;
    const delayMs = this.#delayMs();
    if (delayMs !== null) this.#after(delayMs);
  }

  /** Sick or well has changed: begins anew with the shortest delay. */
  replan(): void {
    this.#tries = 0;
    this.#cancel?.();
    this.#cancel = null;
    this.plan();
  }

  /** Tries now, or joins the try that is under way. Never rejects. */
  now(): Promise<void> {
    this.#cancel?.();
    this.#cancel = null;
    if (this.#core.detached) return Promise.resolve();
    this.#flight ??= this.#try().then(() => {
      this.#flight = null;
      this.plan();
    });
    return this.#flight;
  }

  /** Tries with a ping that begins after this call. Never rejects. */
  async fresh(): Promise<void> {
    await this.#flight;
    this.#tries = 0;
    await this.now();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #after(delayMs: number): void {
    this.#cancel = this.#core.deadlines.after(delayMs, () => {
      this.#cancel = null;
      if (this.#needed()) this.now();
      else this.plan();
    });
  }

  /** Also where kept writes wait although the condition is well. */
  get #hasWork(): boolean {
    const { health, writes } = this.#core;
    return isSick(health.condition) || (writes !== null && writes.waiting > 0);
  }

  #needed(): boolean {
    const { health, clock, settings } = this.#core;
    return this.#hasWork || !(clock.now() - health.lastSuccessAt < settings.idlePingMs);
  }

  #delayMs(): number | null {
    const { health, clock, settings } = this.#core;
    if (this.#hasWork) {
      const { baseMs, capMs } = settings.reconnect;
      return settings.random() * Math.min(capMs, baseMs * 2 ** this.#tries);
    }
    if (settings.idlePingMs === 0 || health.condition === 'unknown') return null;
    return Math.max(1, health.lastSuccessAt + settings.idlePingMs - clock.now());
  }

  async #try(): Promise<void> {
    const core = this.#core;
    const { health, adapter } = core;
    const known = health.condition === 'ok';
    const attempt = this.#tries + 1;
    let beganAt = core.clock.now();
    let fault = await this.#attempt((signal) => adapter.ping(signal));
    const { reconnect } = adapter;
    if (fault !== null && reconnect !== undefined && blamesResource(fault.kind) && !core.detached) {
      fault = await this.#attempt((signal) => reconnect.call(adapter, signal));
      if (fault === null) {
        beganAt = core.clock.now();
        fault = await this.#attempt((signal) => adapter.ping(signal));
      }
    }
    if (core.detached) return;
    // One try counts once, however many steps it took.
    if (fault === null) health.succeeded(beganAt, 'ping');
    else core.failed(fault, beganAt, 'ping');
    this.#tries = fault === null ? triesAfterSuccess : Math.min(attempt, 30);
    const nextInMs = this.#delayMs();
    if (nextInMs !== null) this.#after(nextInMs);
    if (fault === null) core.writes?.replay();
    if (!known) {
      const succeeded = fault === null;
      core.emitter.emit('reconnect', { attempt, succeeded, nextInMs: succeeded ? null : nextInMs });
    }
  }

  /** The fault, or null where it went well. */
  async #attempt(work: (signal: AbortSignal) => Promise<void>): Promise<Fault | null> {
    const core = this.#core;
    const { deadlineMs } = core.settings;
    try {
      await bounded(core.clock, core.deadlines, deadlineMs, ({ signal }) => work(signal));
      return null;
    } catch (error) {
      if (!(error instanceof DeadlineMissed)) return core.fault(error);
      return core.deadlineFault(deadlineMs, error.lagged ? ownLoopBlocked : null, false);
    }
  }
}
