import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** An action that says on its standard output that it starts: `started ID`. Ours and the peers' are read alike. */
const started = /^started (\S+)/;

/** What a process says, each line with the moment in which it was read. */
export class SpokenLines {
  readonly #startedAt = new Map<string, number[]>();
  readonly #ready: Promise<string>;
  #wake: () => void = () => {};

  constructor(output: Readable | null) {
    this.#ready = new Promise((resolve) => {
      if (output === null) return;
      createInterface({ input: output }).on('line', (line) => {
        const id = started.exec(line)?.[1];
        if (id !== undefined) this.#note(id);
        else if (line.startsWith('ready ')) resolve(line.slice('ready '.length));
      });
    });
  }

  /** What stands behind the word `ready`. */
  ready(): Promise<string> {
    return this.#ready;
  }

  /** `performance.now()` of its first start, undefined before it. */
  startOf(id: string): number | undefined {
    return this.#startedAt.get(id)?.[0];
  }

  timesStarted(id: string): number {
    return this.#startedAt.get(id)?.length ?? 0;
  }

  get ids(): readonly string[] {
    return [...this.#startedAt.keys()];
  }

  /** Resolves when all of them have started, or after the patience; with those that have not. */
  async allStarted(ids: readonly string[], patienceMs: number): Promise<readonly string[]> {
    const endsAt = performance.now() + patienceMs;
    for (;;) {
      const missing = ids.filter((id) => !this.#startedAt.has(id));
      const leftMs = endsAt - performance.now();
      if (missing.length === 0 || leftMs <= 0) return missing;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  #note(id: string): void {
    const at = performance.now();
    const times = this.#startedAt.get(id);
    if (times === undefined) this.#startedAt.set(id, [at]);
    else times.push(at);
    this.#wake();
  }
}
