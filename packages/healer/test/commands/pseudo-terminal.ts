import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { waitFor } from '@prunella/labs';
import xterm from '@xterm/headless';
import { onTestFinished } from 'vitest';

const helper = fileURLToPath(new URL('./pseudo_terminal.py', import.meta.url));
const program = fileURLToPath(new URL('../../src/bin.ts', import.meta.url));

export interface Ended {
  readonly exit: number;
  /** Whether echo, line mode and all else are as they were before. */
  readonly modesRestored: boolean;
}

/** The command `prunella`, or a shell, in a real pseudo-terminal, and an emulator that shows what a person sees there. */
export class PseudoTerminal {
  readonly #process: ChildProcess;
  readonly #screen: xterm.Terminal;
  readonly #ended: Promise<Ended>;
  /** All bytes that were written, for what leaves no trace on the screen. */
  written = '';

  constructor(
    words: readonly string[],
    options: {
      readonly environment: Readonly<Record<string, string>>;
      readonly columns?: number;
      readonly rows?: number;
      readonly workingDirectory?: string;
      /** In place of `prunella`; the words are its arguments. */
      readonly program?: string;
    },
  ) {
    const { environment, columns = 80, rows = 24 } = options;
    this.#screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
    const called =
      options.program === undefined
        ? [process.execPath, '--conditions=prunella-source', program]
        : [options.program];
    this.#process = spawn('python3', [helper, String(columns), String(rows), ...called, ...words], {
      env: { PATH: process.env['PATH'], TERM: 'xterm-256color', ...environment },
      cwd: options.workingDirectory,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let facts = '';
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      facts += text;
    });
    this.#process.stdout?.on('data', (chunk: Buffer) => {
      this.written += chunk.toString('utf8');
      this.#screen.write(chunk);
    });
    this.#ended = new Promise((resolve, reject) => {
      this.#process.once('close', () => {
        try {
          resolve(JSON.parse(facts.trim().split('\n').at(-1) ?? '') as Ended);
        } catch {
          reject(new Error(`the terminal said: ${facts}`));
        }
      });
    });
    this.#ended.catch(() => {});
    onTestFinished(async () => {
      this.#process.stdin?.end();
      await this.#ended.catch(() => {});
    });
  }

  /** What a person sees now, line by line. */
  get lines(): readonly string[] {
    const { buffer, rows } = this.#screen;
    const top = buffer.active.baseY;
    return Array.from(
      { length: rows },
      (_, row) => buffer.active.getLine(top + row)?.translateToString(true) ?? '',
    );
  }

  get text(): string {
    return this.lines.join('\n');
  }

  /** Whether it is the other screen, whose end brings back what was there. */
  get isAlternate(): boolean {
    return this.#screen.buffer.active.type === 'alternate';
  }

  press(keys: string): void {
    this.#order(`keys ${Buffer.from(keys).toString('hex')}`);
  }

  resize(columns: number, rows: number): void {
    this.#screen.resize(columns, rows);
    this.#order(`size ${columns} ${rows}`);
  }

  /** SIGTERM. */
  end(): void {
    this.#order('end');
  }

  async shows(pattern: RegExp, deadlineMs = 20_000): Promise<void> {
    await waitFor(() => pattern.test(this.text), {
      what: `the terminal to show ${pattern}`,
      deadlineMs,
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}; it shows:\n${this.text}`, { cause: error });
    });
  }

  ended(): Promise<Ended> {
    return this.#ended;
  }

  #order(text: string): void {
    this.#process.stdin?.write(`${text}\n`);
  }
}
