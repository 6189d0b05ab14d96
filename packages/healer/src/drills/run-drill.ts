import { spawn } from 'node:child_process';
import { type Environment, readSecret } from '../configuration/secret.ts';
import type { Outgoing } from '../outgoing/outgoing.ts';
import type { DrillConfiguration } from './configuration.ts';

/** Of what a command or a program said; the rest is not kept. */
const saidLimit = 2_000;

export interface DrillOutcome {
  readonly done: boolean;
  /** For a person: how it ended, and what was said. */
  readonly detail: string;
}

/** Breaks what a drill says. Never rejects: however it ends, somebody is to be told. */
export async function runDrill(
  drill: DrillConfiguration,
  outgoing: Outgoing,
  environment: Environment,
): Promise<DrillOutcome> {
  try {
    if (drill.command !== undefined) return await runCommand(drill.command, drill.timeoutMs);
    if (drill.post !== undefined) return await post(drill.post, drill.timeoutMs, outgoing, environment);
    return { done: false, detail: 'it has neither a command nor an address' };
  } catch (error) {
    return { done: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

async function post(
  { url, token }: NonNullable<DrillConfiguration['post']>,
  timeoutMs: number,
  outgoing: Outgoing,
  environment: Environment,
): Promise<DrillOutcome> {
  const authorization =
    token === undefined ? {} : { authorization: `Bearer ${await readSecret(token, environment)}` };
  const { status, body } = await outgoing({
    url,
    method: 'POST',
    headers: authorization,
    body: '',
    timeoutMs,
    answerLimitBytes: 65_536,
  });
  const said = body.trim().slice(0, saidLimit);
  return {
    done: status >= 200 && status <= 299,
    detail: `answered ${status}${said === '' ? '' : `: ${said}`}`,
  };
}

function runCommand(command: readonly string[], timeoutMs: number): Promise<DrillOutcome> {
  const [file = '', ...args] = command;
  return new Promise((resolve) => {
    let said = '';
    let isLate = false;
    // A group of its own, so that what it started ends with it.
    const child = spawn(file, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const timer = setTimeout(() => {
      isLate = true;
      killGroup(child.pid);
      // Somebody who left the group may hold the pipes for ever.
      child.stdout.destroy();
      child.stderr.destroy();
    }, timeoutMs);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => {
        if (said.length < saidLimit) said += text.slice(0, saidLimit - said.length);
      });
    }
    child.once('error', (error) => {
      clearTimeout(timer);
      resolve({ done: false, detail: `${file} cannot be run: ${error.message}` });
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      const how = isLate
        ? `${file} was killed after ${timeoutMs / 1_000} s`
        : signal === null
          ? `${file} ended with status ${code}`
          : `${file} was ended by ${signal}`;
      const text = said.trim();
      resolve({ done: code === 0 && !isLate, detail: text === '' ? how : `${how}: ${text}` });
    });
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
