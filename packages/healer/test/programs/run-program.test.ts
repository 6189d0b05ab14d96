import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@prunella/labs';
import { expect, it, onTestFinished } from 'vitest';
import { passedOnEnvironment } from '../../src/programs/passed-on.ts';
import { runProgram } from '../../src/programs/run-program.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';

/** A killed process may stay as a zombie until somebody has looked. */
function runs(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    return false;
  }
}

it('what a program may leave behind outlives a limit that is reached after the program has ended', async () => {
  const folder = await temporaryFolder();
  const limit = new AbortController();
  // What goes on holds the output open, so that last words are waited for.
  const running = runProgram(['sh', '-c', 'sleep 600 & echo $! > left; echo $$ > own.new; mv own.new own'], {
    folder,
    environment: passedOnEnvironment(),
    signal: limit.signal,
    outputLength: 100,
    leavesOthers: true,
  });
  const pidIn = (name: string) => Number(readFileSync(join(folder, name), 'utf8'));
  await waitFor(() => existsSync(join(folder, 'own')) && !existsSync(`/proc/${pidIn('own')}`), {
    what: 'the end of the program',
  });
  const left = pidIn('left');
  onTestFinished(() => {
    if (runs(left)) process.kill(left, 'SIGKILL');
  });
  limit.abort();
  expect((await running).end).toEqual({ type: 'exit', code: 0, signal: null });
  expect(runs(left)).toBe(true);
});
