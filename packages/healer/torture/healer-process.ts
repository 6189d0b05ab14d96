import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { FromHealer, ToHealer } from './messages.ts';

/** One process with a healer in it, seen from outside. */
export class HealerProcess {
  readonly #child: ChildProcess;
  readonly #loaded: Promise<void>;
  /** Resolves when all that it said was heard, with the signal that ended it or null. */
  readonly ended: Promise<NodeJS.Signals | null>;
  onMessage: (message: FromHealer) => void = () => {};
  complained = '';
  #hasEnded = false;

  constructor(program: string) {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child = child;
    child.stdin.on('error', () => {}); // It was killed in the middle of what it was told.
    child.stderr.on('data', (data) => {
      this.complained = `${this.complained}${data}`.slice(-4_000);
    });
    let loaded = () => {};
    this.#loaded = new Promise((resolve) => {
      loaded = resolve;
    });
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => {
      const message = parse(line);
      if (message === null) return;
      if ('loaded' in message) loaded();
      else this.onMessage(message);
    });
    this.ended = Promise.all([once(child, 'close'), once(lines, 'close')]).then(([[, signal]]) => {
      this.#hasEnded = true;
      loaded();
      return signal as NodeJS.Signals | null;
    });
  }

  /** Resolves when it can begin at once. */
  loaded(): Promise<void> {
    return this.#loaded;
  }

  tell(message: ToHealer): void {
    if (!this.#hasEnded && this.#child.stdin?.writable === true) {
      this.#child.stdin.write(`${JSON.stringify(message)}\n`);
    }
  }

  /** It reads more slowly than it is told, on a machine that has no time for it. */
  get isBehind(): boolean {
    return this.#child.stdin?.writableNeedDrain ?? true;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Stops it and lets it go on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(signal);
  }
}

/** Null where it was killed in the middle of a line. */
function parse(line: string): FromHealer | null {
  try {
    return JSON.parse(line) as FromHealer;
  } catch {
    return null;
  }
}
