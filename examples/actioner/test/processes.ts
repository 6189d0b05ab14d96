import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { spawnKept } from '@prunella/labs';

/** One program of the example as a process; its JSON lines are collected. */
export interface Program<Line> {
  readonly lines: Line[];
  /** What it wrote beside its lines. */
  readonly errors: string[];
  kill(signal: NodeJS.Signals): void;
  /** Resolves with its exit status; null where a signal ended it. */
  readonly ended: Promise<number | null>;
}

export function startProgram<Line>(
  name: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Program<Line> {
  const file = fileURLToPath(new URL(`../src/${name}.ts`, import.meta.url));
  const child = spawnKept(process.execPath, ['--conditions=prunella-source', file, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  const lines: Line[] = [];
  const errors: string[] = [];
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)));
  }
  child.stderr?.on('data', (data) => errors.push(String(data)));
  return {
    lines,
    errors,
    kill: (signal) => child.kill(signal),
    ended: once(child, 'close').then(([code]) => (typeof code === 'number' ? code : null)),
  };
}
