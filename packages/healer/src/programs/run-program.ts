import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/** A descendant in a group of its own can hold the output open after the end of all others. */
const lastWordsMs = 1_000;

export interface ProgramOptions {
  readonly folder?: string | undefined;
  /** All that it gets: the healer's own has its secrets. */
  readonly environment: Readonly<Record<string, string>>;
  /** Ends the program and all of its process group. */
  readonly signal: AbortSignal;
  /** Of what is said, in UTF-16 code units; the rest is read, so that nobody waits for a full pipe, and dropped. */
  readonly outputLength: number;
  /** What it started and left behind goes on after its own end. Default false: it is killed. */
  readonly leavesOthers?: boolean;
}

export type ProgramEnd =
  | { readonly type: 'exit'; readonly code: number | null; readonly signal: NodeJS.Signals | null }
  | { readonly type: 'not-started'; readonly why: string };

/** Runs a program in a process group of its own, without a shell. Never rejects. */
export async function runProgram(
  [program = '', ...words]: readonly string[],
  options: ProgramOptions,
): Promise<{ readonly end: ProgramEnd; readonly output: string }> {
  const { folder, environment, signal, outputLength, leavesOthers = false } = options;
  const child = spawn(program, words, {
    cwd: folder,
    env: environment,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = gather(child, outputLength);
  const end = await endOf(child, signal, leavesOthers);
  return { end, output: output() };
}

async function endOf(child: ChildProcess, signal: AbortSignal, leavesOthers: boolean): Promise<ProgramEnd> {
  const killGroup = () => killGroupOf(child);
  signal.addEventListener('abort', killGroup, { once: true });
  if (signal.aborted) killGroup();
  const closed = once(child, 'close').catch(() => []);
  try {
    const [code, ended] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    // From now on the group is only what was left behind.
    signal.removeEventListener('abort', killGroup);
    if (!leavesOthers) killGroup();
    await Promise.race([closed, delay(lastWordsMs, undefined, { ref: false })]);
    return { type: 'exit', code, signal: ended };
  } catch (error) {
    return { type: 'not-started', why: error instanceof Error ? error.message : String(error) };
  } finally {
    signal.removeEventListener('abort', killGroup);
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

function killGroupOf({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody of it is left.
  }
}

function gather(child: ChildProcess, longest: number): () => string {
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8');
    stream?.on('data', (part: string) => {
      if (said.length < longest) said = (said + part).slice(0, longest);
    });
  }
  return () => said;
}
