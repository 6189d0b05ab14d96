import type { Agenda } from './agenda.ts';

/** The healer's clock: it drifts from true time, and it can be set. Its timers only drift. */
export class HealerClock {
  readonly #agenda: Agenda;
  readonly #began: number;
  readonly #rate: number;
  #setBy = 0;

  constructor(agenda: Agenda, driftPerMillion = 0) {
    this.#agenda = agenda;
    this.#began = agenda.now;
    this.#rate = 1 + driftPerMillion / 1_000_000;
  }

  now(): number {
    return this.#began + Math.round((this.#agenda.now - this.#began) * this.#rate) + this.#setBy;
  }

  /** Somebody sets it, forwards or backwards. */
  jump(byMs: number): void {
    this.#setBy += byMs;
  }

  after(delayMs: number, owner: string, run: () => void): void {
    this.#agenda.after(Math.max(0, delayMs) / this.#rate, owner, run);
  }
}
