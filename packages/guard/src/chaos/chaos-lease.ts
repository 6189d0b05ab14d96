import type { Classification, Lease } from '../adapter.ts';
import type { Clock } from '../clock.ts';
import type { Injection } from './injection.ts';

interface ChaosLeaseParts<Handle> {
  readonly inner: Lease<Handle>;
  readonly injection: Injection;
  readonly clock: Clock;
  readonly error: (injection: Injection) => unknown;
}

/** One call, with what was drawn for it. */
export class ChaosLease<Handle> implements Lease<Handle> {
  readonly handle: Handle;
  readonly #given: ChaosLeaseParts<Handle>;
  #made = false;
  #abandoned = false;
  #cancel = () => {};

  constructor(given: ChaosLeaseParts<Handle>) {
    this.handle = given.inner.handle;
    this.#given = given;
  }

  around<Result>(call: () => PromiseLike<Result> | Result): PromiseLike<Result> | Result {
    const { delayMs, meets } = this.#given.injection;
    if (delayMs > 0) return this.#later(delayMs).then(() => this.#meet(call));
    return meets === null ? this.#make(call) : this.#meet(call);
  }

  abandon(): void {
    this.#abandoned = true;
    this.#cancel();
    this.#given.inner.abandon();
  }

  /** What chaos holds back is the resource's fault, not that of the application's pool. */
  waitsForOwnPool(): boolean {
    const held = !this.#made || this.#given.injection.meets !== null;
    return !held && this.#given.inner.waitsForOwnPool();
  }

  mayHaveSent(): boolean {
    const { inner } = this.#given;
    return this.#made && (inner.mayHaveSent?.() ?? !inner.waitsForOwnPool());
  }

  judge(meaning: Classification): Classification {
    const { inner, injection } = this.#given;
    return (injection.meets === null ? inner.judge?.(meaning) : undefined) ?? meaning;
  }

  end(): void {
    this.#given.inner.end();
  }

  #make<Result>(call: () => PromiseLike<Result> | Result): PromiseLike<Result> | Result {
    this.#made = true;
    const { inner } = this.#given;
    return inner.around === undefined ? call() : inner.around(call);
  }

  async #meet<Result>(call: () => PromiseLike<Result> | Result): Promise<Result> {
    const { injection, error } = this.#given;
    if (this.#abandoned) return never();
    if (injection.meets === null) return this.#make(call);
    if (injection.made) await this.#make(call);
    if (injection.meets === 'hang') return never();
    throw error(injection);
  }

  #later(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#cancel = this.#given.clock.after(delayMs, resolve);
    });
  }
}

function never(): Promise<never> {
  return new Promise(() => {});
}
