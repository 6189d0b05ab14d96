import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { signalGroup, spawnKept } from './children.ts';
import { waitFor } from './wait.ts';

/** How a real part is started: enough for any supervisor to do the same. */
export interface LabCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Run as this user, where this process is root. */
  readonly user?: { readonly uid: number; readonly gid: number };
}

/** A real part that runs on this machine, on 127.0.0.1, and ends with this process at the latest. */
export interface LabService {
  /** What really runs: `pglite`, `postgresql`, `redis`, `reqlite`, `rethinkdb`. */
  readonly name: string;
  readonly host: string;
  /** Stays the same over restarts. */
  readonly port: number;
  /** Of the process started last; it may be gone. */
  readonly pid: number;
  readonly running: boolean;
  readonly command: LabCommand;
  /** The log of the process started last. */
  readonly logFile: string;
  /** Sends a signal (default SIGKILL) and does not wait. False where there is no process any more. */
  kill(signal?: NodeJS.Signals): boolean;
  /** Resolves when the process has ended, at once where it has already. */
  exited(): Promise<void>;
  /** Asks it to end, and sends SIGKILL after 5 s; resolves when the process is gone. */
  stop(): Promise<void>;
  /** Stops what runs, starts again on the same port and folder, resolves when it serves. */
  restart(): Promise<void>;
  /** Resolves when it serves; rejects with the end of its log where it exits or needs more than 30 s. */
  ready(): Promise<void>;
}

export interface ServiceDefinition {
  readonly name: string;
  readonly folder: string;
  readonly port: number;
  readonly command: LabCommand;
  /**
   * Sent where SIGTERM has not ended it within 0.5 s. PostgreSQL waits for its clients at that one, without end; but
   * those that are just leaving would be told of its end, and have nobody who listens.
   */
  readonly hasteSignal?: NodeJS.Signals;
  /** Throws or gives false while it does not serve yet. */
  readonly serves: () => Promise<boolean>;
}

const leaveTimeoutMs = 500;
const stopTimeoutMs = 5_000;
const logTailLines = 20;

export class LabServiceError extends Error {
  readonly code = 'lab-service-failed';
}

export async function startService(definition: ServiceDefinition): Promise<LabService> {
  mkdirSync(definition.folder, { recursive: true });
  const logFile = join(definition.folder, `${definition.name}.log`);
  let child = launch(definition, logFile);
  const running = () => child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  const ready = () => waitUntilServing(definition, logFile, running);
  const stop = () => stopChild(child, running, definition.hasteSignal);

  try {
    await ready();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    name: definition.name,
    host: '127.0.0.1',
    port: definition.port,
    get pid() {
      return child.pid ?? 0;
    },
    get running() {
      return running();
    },
    command: definition.command,
    logFile,
    kill: (signal = 'SIGKILL') => running() && child.pid !== undefined && signalGroup(child.pid, signal),
    exited: () => waitForExit(child, running),
    stop,
    restart: async () => {
      await stop();
      child = launch(definition, logFile);
      await ready();
    },
    ready,
  };
}

function launch(definition: ServiceDefinition, logFile: string): ChildProcess {
  const { command, args, user } = definition.command;
  const log = openSync(logFile, 'w');
  try {
    const child = spawnKept(command, args, {
      cwd: definition.folder,
      stdio: ['ignore', log, log],
      ...(user ?? {}),
    });
    // Without a listener a missing program would end this process; waiting tells what happened instead.
    child.once('error', () => {});
    return child;
  } finally {
    closeSync(log);
  }
}

async function waitUntilServing(
  definition: ServiceDefinition,
  logFile: string,
  running: () => boolean,
): Promise<void> {
  const where = `${definition.name} on 127.0.0.1:${definition.port}`;
  const state = await waitFor(
    async () => {
      if (!running()) return 'exited';
      return (await definition.serves()) ? 'serving' : null;
    },
    { what: `${where} to serve (its log is ${logFile})` },
  );
  if (state === 'exited') {
    throw new LabServiceError(
      `${where} (${definition.command.command}) ended before it served. The end of its log:\n${logTail(logFile)}`,
    );
  }
}

async function waitForExit(child: ChildProcess, running: () => boolean): Promise<void> {
  if (!running()) return;
  child.ref();
  await once(child, 'exit');
}

async function stopChild(
  child: ChildProcess,
  running: () => boolean,
  hasteSignal: NodeJS.Signals | undefined,
): Promise<void> {
  const { pid } = child;
  if (pid === undefined || !running()) return;
  const exited = waitForExit(child, running);
  signalGroup(pid, 'SIGTERM');
  // A process that was stopped with SIGSTOP handles that only when it goes on.
  signalGroup(pid, 'SIGCONT');
  const patience = new AbortController();
  const isLate = async (afterMs: number) => {
    const late = delay(afterMs, true, { signal: patience.signal }).catch(() => false);
    return Promise.race([exited.then(() => false), late]);
  };
  if (hasteSignal !== undefined && (await isLate(leaveTimeoutMs))) signalGroup(pid, hasteSignal);
  if (await isLate(stopTimeoutMs)) signalGroup(pid, 'SIGKILL');
  patience.abort();
  await exited;
}

function logTail(logFile: string): string {
  return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-logTailLines).join('\n');
}
