import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ServiceDefinition } from './definition.ts';
import { makePrivateFolder, type ServiceFiles, serviceFiles, writeFileAtomically } from './folder.ts';
import { onJsonLines, sendJsonLine } from './lines.ts';
import {
  isRecord,
  type RunnerAnswer,
  type RunnerRequest,
  type RunnerStatus,
  runnerProtocol,
} from './messages.ts';
import { readLogTail } from './runner/service-log.ts';

const runnerStartMs = 15_000;
const runnerLookMs = 25;
/** A runner that takes a connection and does not say its status in this time is stopped or stuck. */
export const statusWithinMs = 5_000;

class RunnerUnreachableError extends Error {
  readonly code = 'process-runner-unreachable';
}

type Request = RunnerRequest extends infer Each
  ? Each extends unknown
    ? Omit<Each, 'protocol'>
    : never
  : never;

/** The healer's end of one service's runner. */
export interface RunnerClient {
  readonly service: string;
  /** Whether `ensure` had to start the runner; false where it found one alive. */
  launched(): boolean;
  /** Writes the present definition, and starts a runner where none lives. One flight at a time. */
  ensure(): Promise<void>;
  /**
   * Sends one request to the runner that lives and calls back with each answer. Resolves when the runner or the
   * signal ended the connection, rejects with RunnerUnreachableError where there is none; never starts one.
   */
  ask(request: Request, onAnswer: OnAnswer, signal?: AbortSignal): Promise<void>;
}

export type OnAnswer = (answer: RunnerAnswer, socket: Socket) => void;

export function createRunnerClient(definition: ServiceDefinition, stateFolder: string): RunnerClient {
  const files = serviceFiles(`${stateFolder}/${definition.service}`);
  let ensuring: Promise<void> | null = null;
  let launched = false;
  const onLaunch = () => {
    launched = true;
  };
  const client: RunnerClient = {
    service: definition.service,
    launched: () => launched,
    ensure: () => {
      ensuring ??= ensureRunner(client, files, definition, onLaunch).finally(() => {
        ensuring = null;
      });
      return ensuring;
    },
    ask: (request, onAnswer, signal) => askRunner(files.folder, request, onAnswer, signal),
  };
  return client;
}

async function ensureRunner(
  client: RunnerClient,
  files: ServiceFiles,
  definition: ServiceDefinition,
  onLaunch: () => void,
): Promise<void> {
  makePrivateFolder(files.folder);
  const text = `${JSON.stringify(definition, null, 2)}\n`;
  if (readIfThere(files.definition) !== text) writeFileAtomically(files.definition, text, 0o600);
  if (await answers(client)) return;
  const launched = launchRunner(files);
  onLaunch();
  const givenUpAt = performance.now() + runnerStartMs;
  while (performance.now() < givenUpAt) {
    await delay(runnerLookMs);
    if (await answers(client)) return;
    if (launched.exitCode !== null && launched.exitCode !== 0) {
      const log = readLogTail(files.runnerLog);
      throw new RunnerUnreachableError(
        `the runner of ${definition.service} ended with status ${launched.exitCode}; the end of its log (${files.runnerLog}): ${log}`,
      );
    }
  }
  throw new RunnerUnreachableError(
    `the runner of ${definition.service} did not come up within ${runnerStartMs} ms; its log is ${files.runnerLog}`,
  );
}

/** False where no runner lives. Throws where one lives and does not answer: beside it no other can be started. */
async function answers(client: RunnerClient): Promise<boolean> {
  const status = await askStatus(client, AbortSignal.timeout(statusWithinMs)).catch(() => 'none' as const);
  if (status !== null) return status !== 'none';
  throw new RunnerUnreachableError(
    `the runner of ${client.service} takes connections and does not answer: it is stopped or stuck; where it does ` +
      'not go on, end it: the next one takes its service over',
  );
}

/** Null where the runner did not say before the signal; rejects as `ask` does. */
export async function askStatus(client: RunnerClient, signal: AbortSignal): Promise<RunnerStatus | null> {
  const answers: RunnerStatus[] = [];
  const onAnswer: OnAnswer = (answer) => {
    if (answer.type === 'status') answers.push(answer.status);
  };
  await client.ask({ type: 'status' }, onAnswer, signal);
  return answers[0] ?? null;
}

/** A process of its own session: neither the healer's end nor the terminal's Ctrl-C reaches it. */
function launchRunner(files: ServiceFiles): ChildProcess {
  const fromSource = import.meta.url.endsWith('.ts');
  const main = fromSource
    ? new URL('./runner/main.ts', import.meta.url)
    : new URL('./runner/main.js', import.meta.url);
  const nodeArgs = fromSource ? ['--conditions=prunella-source'] : [];
  const log = openSync(files.runnerLog, 'a', 0o600);
  try {
    const runner = spawn(
      process.execPath,
      [...nodeArgs, '--disable-warning=ExperimentalWarning', fileURLToPath(main), files.folder],
      { cwd: files.folder, detached: true, stdio: ['ignore', log, log] },
    );
    runner.once('error', () => {});
    runner.unref();
    return runner;
  } finally {
    closeSync(log);
  }
}

/** As `RunnerClient.ask`, by the service's folder. */
export function askRunner(
  folder: string,
  request: Request,
  onAnswer: OnAnswer,
  signal?: AbortSignal,
): Promise<void> {
  const files = serviceFiles(folder);
  const path = readSocketPath(files);
  if (path === null) return Promise.reject(new RunnerUnreachableError(`no runner lives in ${files.folder}`));
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    const abort = () => socket.destroy();
    let failure: Error | null = null;
    signal?.addEventListener('abort', abort, { once: true });
    socket.once('connect', () => sendJsonLine(socket, { ...request, protocol: runnerProtocol }));
    socket.once('error', (error) => {
      failure = new RunnerUnreachableError(`the runner in ${files.folder}: ${error.message}`, {
        cause: error,
      });
    });
    onJsonLines(socket, (value) => {
      if (isRecord(value) && value['type'] === 'error') failure = new Error(String(value['message']));
      else if (isAnswer(value)) onAnswer(value, socket);
    });
    socket.once('close', () => {
      signal?.removeEventListener('abort', abort);
      if (failure === null) resolve();
      else reject(failure);
    });
    if (signal?.aborted) socket.destroy();
  });
}

const answerTypes: readonly unknown[] = ['status', 'taken', 'ended', 'not-found', 'exit', 'done'];

function isAnswer(value: unknown): value is RunnerAnswer {
  return isRecord(value) && answerTypes.includes(value['type']);
}

function readSocketPath(files: ServiceFiles): string | null {
  const text = readIfThere(files.runner);
  if (text === null) return null;
  const value: unknown = JSON.parse(text);
  return isRecord(value) && typeof value['socket'] === 'string' ? value['socket'] : null;
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
