import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { spawnKept } from '@prunella/labs';

const stopWithinMs = 10_000;
const errorTailLength = 4_000;

/** A program of the workspace in a process of its own that ends with this one, read line by line. */
export interface Child {
  readonly pid: number;
  /** The end of what it wrote to standard error. */
  errors(): string;
  /** SIGTERM, and SIGKILL where it takes longer than 10 s; resolves when it is gone. */
  stop(): Promise<void>;
  readonly exited: Promise<void>;
}

export interface ChildDefinition {
  readonly file: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly onLine: (line: string) => void;
}

export function startChild({ file, args, environment = {}, onLine }: ChildDefinition): Child {
  const nodeArgs = ['--conditions=prunella-source', '--disable-warning=ExperimentalWarning', file, ...args];
  const child = spawnKept(process.execPath, nodeArgs, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  const { stdout, stderr } = child;
  if (child.pid === undefined || stdout === null || stderr === null) {
    throw new Error(`${file} could not be started`);
  }
  createInterface({ input: stdout }).on('line', onLine);
  let errors = '';
  stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString('utf8')).slice(-errorTailLength);
  });
  const exited = once(child, 'exit').then(() => {});
  return { pid: child.pid, errors: () => errors, stop: () => stopChild(child, exited), exited };
}

async function stopChild(child: ChildProcess, exited: Promise<void>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), stopWithinMs);
  await exited;
  clearTimeout(late);
}
