import { type Environment, readSecret } from '../configuration/secret.ts';
import type { Outgoing } from '../outgoing/outgoing.ts';
import { readProgramEnvironment } from '../programs/program-environment.ts';
import { runProgram } from '../programs/run-program.ts';
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
    if (drill.command !== undefined) return await runCommand(drill.command, drill, environment);
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

async function runCommand(
  command: readonly string[],
  { environment: declared = {}, timeoutMs }: DrillConfiguration,
  environment: Environment,
): Promise<DrillOutcome> {
  const [file = ''] = command;
  const told = await readProgramEnvironment(declared, environment);
  const late = AbortSignal.timeout(timeoutMs);
  // What breaks for longer than the timeout is started by the command, and goes on.
  const { end, output } = await runProgram(command, {
    environment: told,
    signal: late,
    outputLength: saidLimit,
    leavesOthers: true,
  });
  if (end.type === 'not-started') return { done: false, detail: `${file} cannot be run: ${end.why}` };
  const isLate = late.aborted && end.signal === 'SIGKILL';
  const how = isLate
    ? `${file} was killed after ${timeoutMs / 1_000} s`
    : end.signal === null
      ? `${file} ended with status ${end.code}`
      : `${file} was ended by ${end.signal}`;
  const text = output.trim();
  return { done: end.code === 0, detail: text === '' ? how : `${how}: ${text}` };
}
