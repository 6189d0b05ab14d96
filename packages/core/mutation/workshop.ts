import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { coreFolder } from './instrument.ts';
import type { Answer, Order } from './messages.ts';

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** A folder for the instrumented sources, gone with this process however it ends. */
export function temporarySources(sources: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'prunella-mutation-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'sources.json'), JSON.stringify(sources));
  return folder;
}

export interface WorkerSetting {
  readonly folder: string;
  readonly testFiles: readonly string[];
}

/** Instead of the 30 of `npm test`, and a third of it of the other kind: a surviving mutant lives them all. */
export const recordedHours = 9;
const startAtMostMs = 180_000;
const lookEveryMs = 200;

/** A process that holds core and its tests in memory. */
export class Workshop {
  readonly #child: ChildProcess;
  readonly #exit: Promise<string>;
  #listen: (answer: Answer | { readonly kind: 'ended'; readonly how: string }) => void = () => {};
  #errors = '';

  private constructor({ folder, testFiles }: WorkerSetting) {
    const flags = ['--conditions=prunella-source', '--max-old-space-size=3000', '--stack-size=900'];
    this.#child = spawn(
      process.execPath,
      [...flags, '--import', path('./load-instrumented.ts'), path('./worker.ts')],
      {
        cwd: coreFolder,
        env: {
          ...process.env,
          PRUNELLA_INSTRUMENTED: folder,
          PRUNELLA_TEST_FILES: JSON.stringify(testFiles),
          PRUNELLA_TEST_HOURS: String(recordedHours),
        },
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      },
    );
    this.#child.stderr?.on('data', (data: Buffer) => {
      this.#errors = `${this.#errors}${data}`.slice(-4_000);
    });
    this.#exit = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => resolve(signal ?? `exit status ${code}`));
    });
    void this.#exit.then((how) => this.#listen({ kind: 'ended', how: `${how} ${this.#errors}`.trim() }));
    this.#child.on('message', (answer: Answer) => this.#listen(answer));
  }

  static async start(setting: WorkerSetting): Promise<Workshop> {
    const workshop = new Workshop(setting);
    const [answer] = await workshop.#until('ready', startAtMostMs);
    if (answer?.kind !== 'ready') {
      await workshop.end();
      throw new Error(`The tests of core could not be loaded: ${workshop.#errors || 'no answer in time'}`);
    }
    return workshop;
  }

  /** All answers up to one of this kind; fewer where the process ended or was too slow. */
  async #until(
    kind: Answer['kind'],
    atMostMs: number,
    onAnswer?: (answer: Answer) => void,
    isStopped: () => boolean = () => false,
  ): Promise<Answer[]> {
    const answers: Answer[] = [];
    let timer: NodeJS.Timeout | undefined;
    let look: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      const wait = () => {
        clearTimeout(timer);
        timer = setTimeout(resolve, atMostMs);
      };
      wait();
      look = setInterval(() => {
        if (isStopped()) resolve();
      }, lookEveryMs);
      this.#listen = (answer) => {
        if (answer.kind === 'ended') return resolve();
        answers.push(answer);
        onAnswer?.(answer);
        if (answer.kind === kind) resolve();
        else wait();
      };
    });
    clearTimeout(timer);
    clearInterval(look);
    this.#listen = () => {};
    return answers;
  }

  /** Sends the order and hears answers until `last` comes; null where none of that kind came in time. */
  async give<Last extends Answer['kind']>(
    order: Order,
    last: Last,
    atMostMs: number,
    onAnswer?: (answer: Answer) => void,
    isStopped?: () => boolean,
  ): Promise<Extract<Answer, { kind: Last }> | null> {
    this.#child.send(order);
    const answers = await this.#until(last, atMostMs, onAnswer, isStopped);
    const final = answers.at(-1);
    return final?.kind === last ? (final as Extract<Answer, { kind: Last }>) : null;
  }

  get errors(): string {
    return this.#errors;
  }

  async end(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exit;
  }
}
