import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../src/bin.ts', import.meta.url));

/** Runs the command in a process of its own, so that its end is seen, too. */
export async function runProgram(words: readonly string[], workingDirectory: string) {
  const child = spawn(process.execPath, ['--conditions=prunella-source', program, ...words], {
    cwd: workingDirectory,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { exitCode, stdout, stderr };
}
