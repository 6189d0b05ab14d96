import type { Backend } from '../backends/backend.ts';

export interface BackendState {
  readonly backend: string;
  readonly isUp: boolean;
}

const askAgainMs = 60_000;
/** A backend that answers later is asked no longer. */
const answerTimeoutMs = 5_000;

/**
 * Whether backends answer, for whoever reads metrics: asked when somebody reads them and not by a timer, so that a
 * healer that nobody watches asks nobody.
 */
export class BackendWatch {
  readonly #backends: readonly Backend[];
  readonly #now: () => number;
  readonly #up = new Map<string, boolean>();
  #askedAt: number | null = null;
  #asking: Promise<void> | null = null;

  /** Looked into at each asking: a reload changes what is in it. */
  constructor(backends: readonly Backend[], now: () => number) {
    this.#backends = backends;
    this.#now = now;
  }

  /** Resolves when each has answered lately, or its time is over. */
  async refresh(): Promise<void> {
    const now = this.#now();
    const isFresh = this.#askedAt !== null && now >= this.#askedAt && now < this.#askedAt + askAgainMs;
    const isKnown = this.#backends.every(({ name }) => this.#up.has(name));
    if (isFresh && isKnown) return;
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null;
    });
    // Once each is known, the page does not wait for what may be slow: it shows the answer before.
    if (!isKnown) await this.#asking;
  }

  states(): readonly BackendState[] {
    return this.#backends.map(({ name }) => ({ backend: name, isUp: this.#up.get(name) ?? false }));
  }

  async #ask(): Promise<void> {
    this.#askedAt = this.#now();
    const asked = this.#backends.map(async (backend) => {
      const health = await backend.check(AbortSignal.timeout(answerTimeoutMs)).catch(() => null);
      this.#up.set(backend.name, health?.ok === true);
    });
    await Promise.all(asked);
  }
}
