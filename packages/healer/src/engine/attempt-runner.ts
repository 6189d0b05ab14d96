import type { ActionResult, AttemptOrder } from '@prunella/core';
import type { Backend, DispatchContext, FoundAttempt } from '../backends/backend.ts';
import type { StoredAttempt } from '../store/store.ts';
import { bounded } from './bounded.ts';
import type { Clock } from './clock.ts';
import type { CrashPoint } from './crash-point.ts';

export interface AttemptRunnerOptions {
  readonly clock: Clock;
  readonly backendOf: (action: string) => Backend | undefined;
  /** Orders that one backend works on at one moment; the others wait, and are void past their `notAfter`. */
  readonly concurrencyOf: (backend: string) => number;
  readonly onCrashPoint: (point: CrashPoint) => void;
  readonly onReference: (order: AttemptOrder, reference: string) => void;
  readonly onResult: (order: AttemptOrder, reference: string | null, result: ActionResult) => void;
}

interface Running {
  readonly order: AttemptOrder;
  readonly controller: AbortController;
  reference: string | null;
  /** False while it waits for its turn. */
  begun: boolean;
  ended: boolean;
  /** True while its backend lets go of it: its result counts no more, and what it is known by still does. */
  moving: boolean;
  /** That works on it; null before it has begun. */
  backend: Backend | null;
  /** Resolves when the backend has let go of it, whatever became of it. */
  settled: Promise<unknown>;
}

/** How long after the action's deadline a backend may still bring its own answer. */
const answerGraceMs = 5_000;

/** A backend that does not say whether it cancelled is not waited for longer: the result tells. */
const cancelLimitMs = 30_000;

/** One look for an attempt, and how long looking goes on where the backend cannot be asked. */
const findLimitMs = 30_000;
const findPatienceMs = 120_000;
const findAgainAfterMs = 2_000;

/**
 * Brings orders to backends and their results back, each order at most once in the life of the store: what may
 * have been sent before a crash is looked for, never sent again.
 */
export class AttemptRunner {
  readonly #options: AttemptRunnerOptions;
  readonly #attempts = new Map<string, Running>();
  /** Those that a replaced backend is letting go of; each resolves when its successor looks for it. */
  readonly #moving = new Map<string, Promise<void>>();
  readonly #lanes = new Map<string, { running: number; readonly waiting: (() => void)[] }>();
  #stopped = false;

  constructor(options: AttemptRunnerOptions) {
    this.#options = options;
  }

  /** Orders that wait for their backend to have room. */
  get waiting(): number {
    return [...this.#lanes.values()].reduce((sum, { waiting }) => sum + waiting.length, 0);
  }

  /** The order is on disk. A second call with the same attempt does nothing. */
  dispatch(order: AttemptOrder): void {
    if (this.#attempts.has(order.attempt)) {
      return;
    }
    if (this.#stopped) {
      this.#options.onResult(order, null, notBeforeStop);
      return;
    }
    const attempt = this.#enter(order, null);
    const backend = this.#options.backendOf(order.action);
    if (backend === undefined) {
      this.#end(attempt, neverSent(`no backend performs ${order.action}: is it still configured?`));
      return;
    }
    this.#whenFree(backend.name, () => {
      // Asked for again: it may have been configured anew while the order waited.
      const current = this.#options.backendOf(order.action);
      if (current === undefined) {
        this.#end(attempt, neverSent(`no backend performs ${order.action}: is it still configured?`));
        return Promise.resolve();
      }
      attempt.settled = this.#send(attempt, current);
      return attempt.settled;
    });
    if (!attempt.begun) {
      const { clock } = this.#options;
      clock.after(order.notAfter - clock.now() + 1, () => {
        if (!attempt.begun) {
          this.#end(
            attempt,
            neverSent(`not sent: ${backend.name} had no room for it before its time was over`),
          );
        }
      });
    }
  }

  /** After a start: what became of an order whose result is not on disk. */
  async recover(stored: StoredAttempt): Promise<void> {
    const { order, reference } = stored;
    if (this.#attempts.has(order.attempt) || this.#stopped) {
      return;
    }
    const attempt = this.#enter(order, reference);
    attempt.begun = true;
    this.#options.onCrashPoint('before-looking-for');
    const backend = this.#options.backendOf(order.action);
    if (backend === undefined) {
      this.#end(
        attempt,
        unknown(`no backend performs ${order.action} any more, so it could not be looked for`),
      );
      return;
    }
    const lane = this.#lane(backend.name);
    lane.running += 1;
    attempt.backend = backend;
    attempt.settled = this.#lookFor(attempt, backend).finally(() => this.#leaveLane(backend.name));
    await attempt.settled;
  }

  async #lookFor(attempt: Running, backend: Backend): Promise<void> {
    try {
      const found = await this.#find(attempt, backend);
      this.#options.onCrashPoint('after-looking-for');
      this.#end(attempt, await this.#resultOf(attempt, found));
    } catch (error) {
      this.#end(attempt, unknown(`looking for it failed: ${messageOf(error)}`));
    }
  }

  /** Asks for it to be stopped, where that can be done; a result follows in any case. */
  async cancel(attemptId: string): Promise<void> {
    await this.#moving.get(attemptId);
    const attempt = this.#attempts.get(attemptId);
    if (attempt === undefined || attempt.ended) {
      return;
    }
    if (!attempt.begun) {
      this.#end(attempt, neverSent('cancelled before it was sent'));
      return;
    }
    const backend = this.#options.backendOf(attempt.order.action);
    // A backend that cannot cancel goes on to be waited for: its result is worth more than silence.
    if (backend?.promises.cancels === true) {
      await bounded(
        this.#options.clock,
        cancelLimitMs,
        async () => backend.cancel?.(attempt.order, attempt.reference),
        () => undefined,
      );
      attempt.controller.abort(new Error('the attempt was cancelled'));
    }
  }

  /**
   * Backends that are replaced let go of their orders, and those are looked for at their successors, as after a
   * start: nothing is sent again. Resolves when the former ones may be closed.
   */
  async handOver(replaced: ReadonlySet<Backend>): Promise<void> {
    const moved = [...this.#attempts.values()].filter(
      ({ backend, ended }) => backend !== null && replaced.has(backend) && !ended,
    );
    await Promise.all(
      moved.map((attempt) => {
        const { attempt: id } = attempt.order;
        const moving = this.#move(attempt).finally(() => this.#moving.delete(id));
        this.#moving.set(id, moving);
        return moving;
      }),
    );
  }

  async #move(attempt: Running): Promise<void> {
    // Its result goes nowhere any more: the successor's does.
    attempt.ended = true;
    attempt.moving = true;
    this.#attempts.delete(attempt.order.attempt);
    attempt.controller.abort(new Error('its backend was configured anew'));
    await bounded(
      this.#options.clock,
      answerGraceMs,
      () => attempt.settled,
      () => undefined,
    );
    attempt.moving = false;
    void this.recover({ order: attempt.order, reference: attempt.reference, ended: false });
  }

  /** Leaves what runs to be found again. Of what was not sent yet it says so: not every backend could tell. */
  stop(): void {
    for (const attempt of [...this.#attempts.values()]) {
      if (!attempt.begun) this.#end(attempt, notBeforeStop);
    }
    this.#stopped = true;
    for (const attempt of this.#attempts.values()) {
      attempt.controller.abort(new Error('the healer is stopping'));
    }
  }

  #enter(order: AttemptOrder, reference: string | null): Running {
    const attempt: Running = {
      order,
      controller: new AbortController(),
      reference,
      begun: false,
      ended: false,
      moving: false,
      backend: null,
      settled: Promise.resolve(),
    };
    this.#attempts.set(order.attempt, attempt);
    return attempt;
  }

  async #send(attempt: Running, backend: Backend): Promise<void> {
    const { clock, onCrashPoint } = this.#options;
    const { order } = attempt;
    if (attempt.ended || this.#stopped) {
      return;
    }
    const lateMs = clock.now() - order.notAfter;
    if (lateMs > 0) {
      this.#end(attempt, neverSent(`not sent: its turn came ${lateMs} ms after its time was over`));
      return;
    }
    attempt.begun = true;
    attempt.backend = backend;
    onCrashPoint('before-dispatch');
    try {
      const result = await bounded(
        clock,
        this.#patienceMs(order),
        (signal) => {
          const sent = backend.dispatch(order, this.#context(attempt, signal));
          onCrashPoint('after-dispatch-before-reference');
          return sent;
        },
        () => unknown(`${backend.name} gave no result by the action's deadline`),
        attempt.controller.signal,
      );
      this.#end(attempt, result);
    } catch (error) {
      const what = messageOf(error);
      // A backend throws only where nothing was sent; one that had named a reference had sent something.
      this.#end(attempt, attempt.reference === null ? neverSent(what) : unknown(what));
    }
  }

  #context(attempt: Running, signal: AbortSignal): DispatchContext {
    return {
      signal,
      now: () => this.#options.clock.now(),
      onReference: (reference) => this.#learnReference(attempt, reference),
    };
  }

  #learnReference(attempt: Running, reference: string): void {
    const counts = attempt.moving || !attempt.ended;
    if (attempt.reference !== reference && counts && !this.#stopped) {
      attempt.reference = reference;
      this.#options.onReference(attempt.order, reference);
    }
  }

  async #find(attempt: Running, backend: Backend): Promise<FoundAttempt> {
    const { clock } = this.#options;
    const giveUpAt = clock.now() + findPatienceMs;
    for (;;) {
      // What is found running goes on under this signal, so it outlives the look itself.
      const late = new AbortController();
      const signal = AbortSignal.any([attempt.controller.signal, late.signal]);
      try {
        return await bounded(
          clock,
          findLimitMs,
          (limit) => {
            limit.addEventListener('abort', () => late.abort(limit.reason), { once: true });
            return backend.find(attempt.order, attempt.reference, this.#context(attempt, signal));
          },
          (): FoundAttempt => {
            throw new Error(`no answer within ${findLimitMs} ms`);
          },
          attempt.controller.signal,
        );
      } catch (error) {
        if (clock.now() >= giveUpAt || this.#stopped || attempt.ended) {
          return { found: 'not-found', why: `${backend.name} could not be asked: ${messageOf(error)}` };
        }
      }
      await new Promise<void>((resolve) => clock.after(findAgainAfterMs, resolve));
    }
  }

  async #resultOf(attempt: Running, found: FoundAttempt): Promise<ActionResult> {
    switch (found.found) {
      case 'ended':
        return found.result;
      case 'never-sent':
        return neverSent('the healer ended before it was sent');
      case 'not-found':
        return unknown(`looked for after a restart and not found: ${found.why}`);
      case 'running': {
        this.#learnReference(attempt, found.reference);
        return bounded(
          this.#options.clock,
          this.#patienceMs(attempt.order),
          () => found.result,
          () => unknown('found running after a restart, and it gave no result by its deadline'),
          attempt.controller.signal,
        );
      }
    }
  }

  #patienceMs(order: AttemptOrder): number {
    return Math.max(0, order.deadlineAt - this.#options.clock.now()) + answerGraceMs;
  }

  #end(attempt: Running, result: ActionResult): void {
    if (attempt.ended || this.#stopped) {
      return;
    }
    attempt.ended = true;
    this.#attempts.delete(attempt.order.attempt);
    this.#options.onResult(attempt.order, attempt.reference, result);
    // Whoever still follows it does so for nobody.
    attempt.controller.abort(new Error('its result is written down'));
  }

  #lane(backend: string) {
    const lane = this.#lanes.get(backend) ?? { running: 0, waiting: [] };
    this.#lanes.set(backend, lane);
    return lane;
  }

  #whenFree(backend: string, send: () => Promise<unknown>): void {
    const lane = this.#lane(backend);
    const start = () => {
      lane.running += 1;
      void send().finally(() => this.#leaveLane(backend));
    };
    if (lane.running < this.#options.concurrencyOf(backend)) {
      start();
    } else {
      lane.waiting.push(start);
    }
  }

  #leaveLane(backend: string): void {
    const lane = this.#lane(backend);
    lane.running -= 1;
    if (lane.running < this.#options.concurrencyOf(backend)) {
      lane.waiting.shift()?.();
    }
  }
}

const notBeforeStop = neverSent('the healer stopped before it was sent');

function neverSent(summary: string): ActionResult {
  return { outcome: 'failed', summary, targets: [], neverSent: true };
}

function unknown(summary: string): ActionResult {
  return { outcome: 'unknown', summary, targets: [] };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
