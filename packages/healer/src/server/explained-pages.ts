import type { Explanation } from '@prunella/core';
import type { Engine } from '../engine/engine.ts';

const keptForMs = 5_000;

/**
 * All resources are explained together, to put the sick first; of 10,000 that takes a tenth of a second of the engine's
 * own thread. So whoever reads on soon goes through what was explained for the page before.
 */
export class ExplainedPages {
  readonly #engine: Engine;
  #kept: { readonly resource: string | undefined; readonly all: readonly Explanation[] } | null = null;
  #forgetting: NodeJS.Timeout | null = null;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** What was explained for the page before, or anew. */
  before(resource: string | undefined): readonly Explanation[] {
    const kept = this.#kept;
    return kept !== null && kept.resource === resource ? kept.all : this.#engine.explain(resource);
  }

  keep(resource: string | undefined, all: readonly Explanation[]): void {
    if (this.#kept?.all === all) return;
    if (this.#forgetting !== null) clearTimeout(this.#forgetting);
    this.#kept = { resource, all };
    this.#forgetting = setTimeout(() => {
      this.#kept = null;
      this.#forgetting = null;
    }, keptForMs).unref();
  }
}
