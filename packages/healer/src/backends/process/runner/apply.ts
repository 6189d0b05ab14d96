import { spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import type { ServiceDefinition } from '../definition.ts';
import { writeFileAtomically } from '../folder.ts';
import type { RunnerResult } from '../messages.ts';
import { serviceEnvironment } from './environment.ts';
import { signalGroup } from './process-identity.ts';

const outputBytes = 2_000;

/**
 * Applies the service's declared configuration: each declared file that differs is replaced, then the declared
 * command runs or the declared signal is sent. It mends a wrong configuration; it does not bring up a process.
 */
export async function applyConfiguration(
  definition: ServiceDefinition,
  alivePid: number | null,
  deadlineAt: number,
  now: () => number,
): Promise<RunnerResult> {
  const { apply } = definition;
  if (apply === null) {
    return {
      outcome: 'failed',
      detail: `${definition.service} declares nothing to apply: add \`apply\` to it in the configuration`,
    };
  }
  let written = 0;
  for (const file of apply.files) {
    try {
      if (bringAbout(file.path, file.content, file.mode)) written += 1;
    } catch (error) {
      return { outcome: 'failed', detail: `${file.path} could not be written: ${String(error)}` };
    }
  }
  const files = `${written} of ${apply.files.length} declared files differed and were written`;
  if (apply.afterwards.type === 'nothing') return { outcome: 'succeeded', detail: files };
  if (apply.afterwards.type === 'signal') {
    const sent = alivePid !== null && tellProcess(alivePid, apply.afterwards.signal);
    const told = sent
      ? `${apply.afterwards.signal} sent to pid ${alivePid}`
      : 'no process is alive to be told';
    return { outcome: 'succeeded', detail: `${files}; ${told}` };
  }
  const ended = await runCommand(definition, apply.afterwards.command, Math.max(1, deadlineAt - now()));
  return { outcome: ended.outcome, detail: `${files}; ${ended.detail}` };
}

function tellProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/** True where the file had to be written. */
function bringAbout(path: string, content: string, mode: number | undefined): boolean {
  const present = readPresent(path);
  const wanted = mode ?? present?.mode ?? 0o644;
  if (present !== null && present.content === content && present.mode === wanted) return false;
  writeFileAtomically(path, content, wanted);
  return true;
}

function readPresent(path: string): { content: string; mode: number } | null {
  try {
    return { content: readFileSync(path, 'utf8'), mode: statSync(path).mode & 0o777 };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

function runCommand(
  definition: ServiceDefinition,
  command: readonly [string, ...string[]],
  deadlineMs: number,
): Promise<RunnerResult> {
  const [program, ...args] = command;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: definition.workingDirectory,
      env: serviceEnvironment(definition),
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let late = false;
    const keep = (data: Buffer) => {
      output = (output + data.toString('utf8')).slice(-outputBytes);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const timer = setTimeout(() => {
      late = true;
      if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
    }, deadlineMs);
    child.once('error', (error) => {
      clearTimeout(timer);
      resolve({ outcome: 'failed', detail: `${program} could not be run: ${error.message}` });
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      const how = late ? `did not end in ${deadlineMs} ms` : `ended with ${signal ?? `status ${code}`}`;
      const said = output.trim() === '' ? '' : `: ${output.trim()}`;
      resolve({ outcome: code === 0 && !late ? 'succeeded' : 'failed', detail: `${program} ${how}${said}` });
    });
  });
}
