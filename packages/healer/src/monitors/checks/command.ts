import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { type Environment, readSecret } from '../../configuration/secret.ts';
import { type Check, type CheckOutcome, type CheckState, inLine, outputLength } from '../check.ts';
import type { MonitorOf } from '../configuration.ts';

/** Of Nagios' plugins: https://nagios-plugins.org/doc/guidelines.html, "Plugin Return Codes". */
const stateByStatus: readonly CheckState[] = ['ok', 'warning', 'critical', 'unknown'];

const passedOn = ['PATH', 'HOME', 'USER', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'] as const;

/** A descendant in a group of its own can hold the output open after the end of all others. */
const lastWordsMs = 1_000;

/** Runs a program in a process group of its own, of which nothing is left when the check ends. */
export function commandCheck(monitor: MonitorOf<'command'>, environment: Environment): Check {
  const { command, shell, folder, warning } = monitor;
  const [program = '', ...words] = command ?? ['/bin/sh', '-c', shell ?? ''];
  return {
    async run(signal) {
      const env = await environmentOf(monitor, environment);
      const child = spawn(program, words, {
        cwd: folder,
        env,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const output = gather(child);
      const end = await endOf(child, signal);
      const outcome = outcomeOf(end, output(), signal.aborted);
      return outcome.state === 'warning'
        ? { ...outcome, state: warning === 'fails' ? 'critical' : 'ok' }
        : outcome;
    },
  };
}

type End =
  | { readonly type: 'exit'; readonly code: number | null; readonly signal: NodeJS.Signals | null }
  | { readonly type: 'not-started'; readonly why: string };

async function endOf(child: ChildProcess, signal: AbortSignal): Promise<End> {
  const killGroup = () => killGroupOf(child);
  signal.addEventListener('abort', killGroup, { once: true });
  if (signal.aborted) killGroup();
  const closed = once(child, 'close').catch(() => []);
  try {
    const [code, ended] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    // What it started and left behind.
    killGroup();
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

/** The beginning of what is said; the rest is read, so that nobody waits for a full pipe, and dropped. */
function gather(child: ChildProcess): () => string {
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8');
    stream?.on('data', (part: string) => {
      if (said.length < outputLength) said = (said + part).slice(0, outputLength);
    });
  }
  return () => said;
}

function outcomeOf(end: End, output: string, tooLate: boolean): CheckOutcome {
  const evidence = output === '' ? {} : { output };
  if (end.type === 'not-started') return { state: 'unknown', detail: inLine(end.why) };
  // As Nagios prints it: the first line, before its figures.
  const [line = ''] = output.split('\n', 1);
  const said = inLine(line.split('|', 1)[0] ?? '');
  if (tooLate)
    return { state: 'critical', detail: inLine(`did not end in time, and was killed ${said}`), ...evidence };
  if (end.code === null)
    return { state: 'unknown', detail: `was killed by ${end.signal ?? 'a signal'}`, ...evidence };
  const state = stateByStatus[end.code] ?? 'unknown';
  const status = `exit status ${end.code}`;
  return { state, detail: said === '' ? status : `${said} (${status})`, ...evidence };
}

async function environmentOf(
  { environment }: MonitorOf<'command'>,
  own: Environment,
): Promise<Record<string, string>> {
  const told: Record<string, string> = {};
  for (const name of passedOn) {
    const value = process.env[name];
    if (value !== undefined) told[name] = value;
  }
  for (const [name, value] of Object.entries(environment)) {
    told[name] = typeof value === 'string' ? value : await readSecret(value, own);
  }
  return told;
}
