import type { Directive, DirectiveResponse } from '@prunella/protocol';
import type { Clock } from './clock.ts';

/** Directives kept for one instance; older ones go first. */
const keptPerInstance = 32;

/** A directive that nobody fetched is void after this: `shed` and `serve-cache` hold for 60 s at most. */
const keptForMs = 120_000;

/** Instances with something to fetch or somebody waiting. Above it, those served longest ago go first. */
const instanceLimit = 200_000;

interface Box {
  entries: { readonly number: number; readonly at: number; readonly directive: Directive }[];
  /** The one long poll that is open; a newer one of the same instance replaces it. */
  waiting: ((response: DirectiveResponse) => void) | null;
}

/** Hands directives to instances that poll for them. In memory: after a start the machines direct anew. */
export class DirectiveBoard {
  readonly #clock: Clock;
  /** Makes cursors of an earlier run of the healer recognisable. */
  readonly #run: string;
  readonly #boxes = new Map<string, Box>();
  #number = 0;

  constructor(clock: Clock, run: string) {
    this.#clock = clock;
    this.#run = run;
  }

  push(instances: readonly string[], directive: Directive): void {
    this.#number += 1;
    const entry = { number: this.#number, at: this.#clock.now(), directive };
    for (const instance of instances) {
      const box = this.#box(instance);
      box.entries.push(entry);
      if (box.entries.length > keptPerInstance) {
        box.entries.shift();
      }
      box.waiting?.(this.#response(box.entries.slice(-1)));
    }
  }

  /** Resolves at once where something newer than the cursor is kept, else at the next push or the abort. */
  poll(instance: string, cursor: string | null, signal: AbortSignal): Promise<DirectiveResponse> {
    const box = this.#box(instance);
    const after = this.#numberOf(cursor);
    const oldest = this.#clock.now() - keptForMs;
    box.entries = box.entries.filter((entry) => entry.at >= oldest);
    const newer = box.entries.filter((entry) => entry.number > after);
    if (newer.length > 0 || signal.aborted) {
      return Promise.resolve(this.#response(newer));
    }
    const earlier = box.waiting;
    return new Promise((resolve) => {
      const settle = (response: DirectiveResponse) => {
        signal.removeEventListener('abort', onAbort);
        if (box.waiting === settle) {
          box.waiting = null;
          this.#dropIfIdle(instance, box);
        }
        resolve(response);
      };
      const onAbort = () => settle(this.#response([]));
      box.waiting = settle;
      earlier?.(this.#response([]));
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Ends every open poll with nothing. */
  stop(): void {
    for (const box of [...this.#boxes.values()]) {
      box.waiting?.(this.#response([]));
    }
    this.#boxes.clear();
  }

  #box(instance: string): Box {
    const box = this.#boxes.get(instance) ?? { entries: [], waiting: null };
    // Taken out and put back, so that the map is in the order of last use.
    this.#boxes.delete(instance);
    this.#boxes.set(instance, box);
    if (this.#boxes.size > instanceLimit) {
      const [eldest] = this.#boxes;
      if (eldest !== undefined) {
        eldest[1].waiting?.(this.#response([]));
        this.#boxes.delete(eldest[0]);
      }
    }
    return box;
  }

  #dropIfIdle(instance: string, box: Box): void {
    if (box.entries.length === 0 && this.#boxes.get(instance) === box) {
      this.#boxes.delete(instance);
    }
  }

  #response(entries: Box['entries']): DirectiveResponse {
    return {
      cursor: `${this.#run}.${this.#number}`,
      directives: entries.map((entry) => entry.directive),
    };
  }

  #numberOf(cursor: string | null): number {
    const [run, number] = (cursor ?? '').split('.');
    const parsed = Number(number);
    return run === this.#run && Number.isSafeInteger(parsed) ? parsed : 0;
  }
}
