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

/** Rejects with `DeadlineMissed` if the work is not done in time; the signal is then aborted. */
export function bounded<Result>(
  clock: Clock,
  deadlines: Deadlines,
  deadlineMs: number,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const entry = new Bound(reject);
    deadlines.add(entry, clock.now(), deadlineMs);
    const end = () => deadlines.remove(entry);
    try {
      work(entry.controller.signal).then(resolve, reject).then(end);
    } catch (error) {
      end();
      reject(error);
    }
  });
}

class Bound extends Deadline {
  readonly controller = new AbortController();
  readonly #reject: (error: unknown) => void;

  constructor(reject: (error: unknown) => void) {
    super();
    this.#reject = reject;
  }

  override missed(_now: number, lagged: boolean): void {
    const error = new DeadlineMissed(this.deadlineMs, lagged);
    this.#reject(error);
    this.controller.abort(error);
  }
}
