import { SaltError } from './salt-error.ts';

interface Waiting {
  readonly targets: readonly string[];
  readonly admit: () => void;
}

const longestQueue = 100;

/**
 * How many jobs run at one time, on the master and on each minion. A minion that is given many at once makes a
 * process for each, and loses returns; so orders wait here, until their time is over.
 */
export class Limits {
  readonly #perMaster: number;
  readonly #perMinion: number;
  readonly #busy = new Map<string, number>();
  readonly #waiting: Waiting[] = [];
  #running = 0;

  constructor(perMaster: number, perMinion: number) {
    this.#perMaster = perMaster;
    this.#perMinion = perMinion;
  }

  /**
   * Resolves with the function that gives the room back; with null where there was none within `patienceMs`
   * or the signal aborted. Rejects with `salt-busy` where 100 wait already.
   */
  async enter(
    targets: readonly string[],
    patienceMs: number,
    signal: AbortSignal,
  ): Promise<(() => void) | null> {
    if (!this.#hasRoom(targets)) {
      if (this.#waiting.length >= longestQueue) {
        throw new SaltError('salt-busy', `${longestQueue} orders wait for this Salt master already`, false);
      }
      if (!(await this.#admitted(targets, patienceMs, signal))) return null;
    } else {
      this.#take(targets);
    }
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#giveBack(targets);
    };
  }

  #admitted(targets: readonly string[], patienceMs: number, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const waiting: Waiting = { targets, admit: () => end(true) };
      const give = () => end(false);
      const timer = setTimeout(give, Math.max(0, patienceMs));
      timer.unref();
      const end = (admitted: boolean) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', give);
        const index = this.#waiting.indexOf(waiting);
        if (index >= 0) this.#waiting.splice(index, 1);
        if (admitted) this.#take(targets);
        resolve(admitted);
      };
      this.#waiting.push(waiting);
      signal.addEventListener('abort', give, { once: true });
      if (signal.aborted) give();
    });
  }

  #hasRoom(targets: readonly string[]): boolean {
    return (
      this.#running < this.#perMaster &&
      targets.every((target) => (this.#busy.get(target) ?? 0) < this.#perMinion)
    );
  }

  #take(targets: readonly string[]): void {
    this.#running += 1;
    for (const target of targets) this.#busy.set(target, (this.#busy.get(target) ?? 0) + 1);
  }

  #giveBack(targets: readonly string[]): void {
    this.#running -= 1;
    for (const target of targets) {
      const left = (this.#busy.get(target) ?? 1) - 1;
      if (left > 0) this.#busy.set(target, left);
      else this.#busy.delete(target);
    }
    for (const waiting of [...this.#waiting]) {
      if (this.#hasRoom(waiting.targets)) waiting.admit();
    }
  }
}
