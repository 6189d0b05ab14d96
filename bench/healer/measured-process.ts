import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import type { Answers, Order } from './orders.ts';

/** Within the repository, so that the packages of others are found from there; git ignores it. */
const folder = fileURLToPath(new URL('../../.local/bench/', import.meta.url));

export interface Programs {
  readonly program: string;
  /** The command. */
  readonly prunella: string;
  readonly sqliteAlone: string;
}

/** The programs as they would be installed: compiled, in one file, the packages of others beside it. */
export async function buildProgram(): Promise<Programs> {
  return {
    program: await build('program', new URL('./program.ts', import.meta.url)),
    prunella: await build('prunella', new URL('./bin.ts', import.meta.resolve('prunella'))),
    sqliteAlone: await build('sqlite-alone', new URL('./sqlite-alone.ts', import.meta.url)),
  };
}

/** Each in a folder of its own: a part that two share would run what the other is there to run. */
export async function build(name: string, input: URL): Promise<string> {
  await mkdir(folder, { recursive: true });
  // A healer looks for its version two folders up, as in its package.
  await writeFile(join(folder, 'package.json'), '{ "version": "0.0.0", "type": "module" }\n');
  const bundle = await rolldown({
    input: fileURLToPath(input),
    platform: 'node',
    external: (id) => !/^(?:\.|\/|@prunella\/|prunella$)/.test(id),
    resolve: { conditionNames: ['prunella-source', 'import', 'node', 'default'] },
    logLevel: 'silent',
  });
  const built = join(folder, name, 'dist');
  await bundle.write({ dir: built, entryFileNames: 'main.mjs' });
  await bundle.close();
  return join(built, 'main.mjs');
}

export async function proportionalBytesOf(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1];
  return Number(kilobytes) * 1_024;
}

interface Answer {
  readonly answer?: unknown;
  readonly failed?: string;
}

export class MeasuredProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  /** One order at a time. */
  #answer: ((message: Answer) => void) | null = null;

  constructor(program: string) {
    this.#child = fork(program, {
      execArgv: ['--expose-gc', '--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#exited = once(this.#child, 'exit');
    this.#child.on('message', (message: Answer) => this.#answer?.(message));
  }

  async ask<Asked extends Order['do']>(
    order: Extract<Order, { readonly do: Asked }>,
  ): Promise<Answers[Asked]> {
    const message = await new Promise<Answer>((resolve, reject) => {
      this.#answer = resolve;
      void this.#exited.then(() =>
        reject(new Error(`the measured process ended while it was to ${order.do}`)),
      );
      this.#child.send(order);
    });
    if (message.failed !== undefined) throw new Error(`${order.do}: ${message.failed}`);
    return message.answer as Answers[Asked];
  }

  /** Its proportional share of memory, in bytes: pages that several processes share are divided among them. */
  proportionalBytes(): Promise<number> {
    return proportionalBytesOf(this.#child.pid ?? 0);
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    await this.ask({ do: 'end' }).catch(() => {});
    this.#child.kill('SIGKILL');
    await this.#exited;
  }
}
