import type { Clock } from '../clock.ts';
import { Deadline, type Deadlines } from './deadlines.ts';

/** Rejects `bounded`: the work was not done in time. */
export class DeadlineMissed extends Error {
  override readonly name = 'DeadlineMissed';
  readonly lagged: boolean;

  constructor(deadlineMs: number, lagged: boolean) {
    super(`no answer within ${deadlineMs} ms`);
    this.lagged = lagged;
  }
}

/** What bounded work may ask for. */
export interface Bounds {
  /** Aborted when the deadline is missed. Made when first asked for: it costs more than all else here. */
  readonly signal: AbortSignal;
}

/** Rejects with `DeadlineMissed` if the work is not done in time; the signal is then aborted. */
export function bounded<Result>(
  clock: Clock,
  deadlines: Deadlines,
  deadlineMs: number,
  work: (bounds: Bounds) => Promise<Result>,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const entry = new Bound(reject);
    deadlines.add(entry, clock.now(), deadlineMs);
    const fail = (error: unknown) => {
      deadlines.remove(entry);
      reject(error);
    };
    try {
      work(entry).then((result) => {
        deadlines.remove(entry);
        resolve(result);
      }, fail);
    } catch (error) {
      fail(error);
    }
  });
}

class Bound extends Deadline implements Bounds {
  readonly #reject: (error: unknown) => void;
  #controller: AbortController | null = null;

  constructor(reject: (error: unknown) => void) {
    super();
    this.#reject = reject;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  override missed(_now: number, lagged: boolean): void {
    const error = new DeadlineMissed(this.deadlineMs, lagged);
    this.#reject(error);
    this.#controller?.abort(error);
  }
}
